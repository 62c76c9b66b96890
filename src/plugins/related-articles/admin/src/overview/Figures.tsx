import { Flex, Typography } from '@strapi/design-system';
import { styled } from 'styled-components';

import { OVERVIEW_LISTS, type OverviewFigures, type OverviewList } from '../../../shared/contracts';
import { useFormat } from '../shared/format';

const Grid = styled.ul`
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr));
  gap: ${({ theme }) => theme.spaces[3]};
`;

const Card = styled.button`
  display: flex;
  align-items: flex-start;
  width: 100%;
  height: 100%;
  padding: ${({ theme }) => theme.spaces[4]};
  text-align: start;
  cursor: pointer;
  border-radius: ${({ theme }) => theme.borderRadius};
  border: 1px solid ${({ theme }) => theme.colors.neutral150};
  background: ${({ theme }) => theme.colors.neutral0};
  &:hover {
    border-color: ${({ theme }) => theme.colors.primary600};
  }
  &[aria-pressed='true'] {
    border-color: ${({ theme }) => theme.colors.primary600};
    background: ${({ theme }) => theme.colors.primary100};
  }
`;

/** Lists that nobody has to do anything about. */
const CALM: OverviewList[] = ['all', 'pinned', 'hidden'];

interface FiguresProps {
  counts: OverviewFigures['counts'];
  list: OverviewList;
  onChoose(list: OverviewList): void;
}

/** How many entries there are of each kind; each opens the list behind it. */
export function Figures({ counts, list, onChoose }: FiguresProps) {
  const format = useFormat();
  // Leaves out figures that this editor may not know.
  const known = OVERVIEW_LISTS.filter((one) => counts?.[one] !== null);
  return (
    <Grid aria-label={format('overview.figures')}>
      {known.map((one) => {
        const count = counts?.[one];
        const isTask = count !== undefined && count !== null && count > 0 && !CALM.includes(one);
        return (
          <li key={one}>
            <Card type="button" aria-pressed={one === list} onClick={() => onChoose(one)}>
              <Flex direction="column" alignItems="stretch" gap={1}>
                <Typography variant="alpha" textColor={isTask ? 'warning700' : 'neutral800'}>
                  {count === undefined || count === null ? '–' : format.number(count)}
                </Typography>
                <Typography fontWeight="bold" textColor="neutral800">
                  {format(`overview.list.${one}`)}
                </Typography>
                <Typography variant="pi" textColor="neutral600">
                  {format(`overview.about.${one}`)}
                </Typography>
              </Flex>
            </Card>
          </li>
        );
      })}
    </Grid>
  );
}
