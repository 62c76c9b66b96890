import { Flex } from '@strapi/design-system';
import { NavLink } from 'react-router-dom';
import { styled } from 'styled-components';

import { usePages } from '../permissions';
import { PLUGIN_ID } from '../pluginId';
import { useFormat } from '../shared/format';

const Tab = styled(NavLink)`
  padding: ${({ theme }) => `${theme.spaces[2]} ${theme.spaces[1]}`};
  color: ${({ theme }) => theme.colors.neutral600};
  font-size: ${({ theme }) => theme.fontSizes[2]};
  font-weight: ${({ theme }) => theme.fontWeights.semiBold};
  text-decoration: none;
  border-bottom: 2px solid transparent;
  &.active {
    color: ${({ theme }) => theme.colors.primary600};
    border-color: ${({ theme }) => theme.colors.primary600};
  }
`;

/** Links to the pages that this editor may open, if there are several. */
export function PageTabs() {
  const format = useFormat();
  const may = usePages();
  if (!may.overview) return null;
  const root = `/plugins/${PLUGIN_ID}`;
  return (
    <Flex tag="nav" gap={4} aria-label={format('pages.label')}>
      <Tab to={root} end>
        {format('pages.overview')}
      </Tab>
      <Tab to={`${root}/map`}>{format('pages.map')}</Tab>
      {may.settings && <Tab to={`${root}/settings`}>{format('pages.settings')}</Tab>}
    </Flex>
  );
}
