import { Typography } from '@strapi/design-system';
import { styled } from 'styled-components';

import type { CurationState } from '../../../shared/contracts';
import { useFormat } from '../shared/format';

const TwoLines = styled(Typography)`
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  overflow: hidden;
  line-height: 1.6rem;
  min-height: 3.2rem;
`;

/** Shows who decided last, or that nobody did: always takes its space, so that the first decision moves nothing. */
export function CurationStatus({ state: { editor, updatedAt } }: { state: CurationState }) {
  const format = useFormat();
  const text = updatedAt
    ? format(editor ? 'changedBy' : 'changedAt', {
        editor: editor ?? '',
        time: format.time(updatedAt),
      })
    : format('changedByNobody');
  return (
    <TwoLines variant="pi" textColor="neutral600" title={text}>
      {text}
    </TwoLines>
  );
}
