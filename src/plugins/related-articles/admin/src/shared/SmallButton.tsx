import { IconButton } from '@strapi/design-system';
import { styled } from 'styled-components';

/** The smallest target that fingers and unsteady hands hit: 24 by 24 pixels. */
export const SmallButton = styled(IconButton)`
  width: 2.4rem;
  height: 2.4rem;
  padding: 0;
`;
