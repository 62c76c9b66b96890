import { Box } from '@strapi/design-system';
import type { ReactNode } from 'react';
import { styled } from 'styled-components';

/*
 * Looks like the design system's table. That one is a grid: arrow keys move between its cells, and checkboxes in them
 * keep it from doing so visibly. Here, Tab goes through all controls, as in Strapi's own lists.
 */

const Scrolled = styled(Box)`
  overflow-x: auto;
  border: 1px solid ${({ theme }) => theme.colors.neutral150};
`;

const Rows = styled.table`
  width: 100%;
  border-collapse: collapse;
  white-space: nowrap;

  th,
  td {
    padding: ${({ theme }) => theme.spaces[4]};
    text-align: left;
    vertical-align: middle;
  }

  th {
    height: 5.6rem;
    padding-block: 0;
    color: ${({ theme }) => theme.colors.neutral600};
  }

  td {
    color: ${({ theme }) => theme.colors.neutral800};
  }

  th:first-of-type,
  td:first-of-type {
    padding-inline: ${({ theme }) => theme.spaces[1]};
  }

  thead,
  tr:not(:last-of-type) {
    border-bottom: 1px solid ${({ theme }) => theme.colors.neutral150};
  }
`;

/** A table; its children are `thead` and `tbody`. */
export function PlainTable({ children }: { children: ReactNode }) {
  return (
    <Scrolled background="neutral0" shadow="tableShadow" hasRadius paddingLeft={6} paddingRight={6}>
      <Rows>{children}</Rows>
    </Scrolled>
  );
}
