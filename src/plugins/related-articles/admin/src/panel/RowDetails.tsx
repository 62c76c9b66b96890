import { Typography } from '@strapi/design-system';
import { Link as LinkIcon } from '@strapi/icons';
import { styled } from 'styled-components';

import type { PanelRow } from '../../../shared/contracts';
import { Strength } from '../shared/Strength';
import { useFormat } from '../shared/format';

const Meta = styled(Typography)`
  grid-area: meta;
  display: flex;
  align-items: center;
  gap: ${({ theme }) => theme.spaces[1]};
  min-height: 1.8rem;
  white-space: nowrap;
  overflow: hidden;
  text-overflow: ellipsis;
  > span:last-child {
    overflow: hidden;
    text-overflow: ellipsis;
  }
`;

const Details = styled(Typography)`
  grid-area: details;
  min-width: 0;
  white-space: nowrap;
  overflow: hidden;
  text-overflow: ellipsis;
`;

const Why = styled.span`
  flex: none;
  cursor: pointer;
  &:hover {
    text-decoration: underline;
  }
`;

const Linked = styled.span`
  flex: none;
  display: grid;
`;

interface RowDetailsProps {
  row: PanelRow;
  /** Whether it has left the list, and only keeps its place. */
  isGone: boolean;
  showWhy(): void;
}

/** Why readers do not get it, or how closely it is related; below that its category and date. */
export function RowDetails(props: RowDetailsProps) {
  const { row } = props;
  const format = useFormat();
  const details = [
    row.isPicked && format('picked'),
    row.isPlaced && format('placed'),
    row.until && format('until', { date: format.date(row.until) }),
    row.groups.join(', '),
    row.date && format.date(row.date),
  ].filter(Boolean);
  const text = details.join(' · ');
  return (
    <>
      <RowState {...props} />
      {text && (
        <Details variant="pi" textColor="neutral600" title={text}>
          {text}
        </Details>
      )}
    </>
  );
}

function RowState({ row: { state, strength, isLinked }, isGone, showWhy }: RowDetailsProps) {
  const format = useFormat();
  const isUnserved = state === 'unpublished' || state === 'beyond' || state === 'hidden';
  if (isGone || isUnserved) {
    const text = format(isGone ? 'state.gone' : `state.${state}`);
    return (
      <Meta variant="pi" textColor={isGone ? 'neutral600' : 'warning700'}>
        <span title={text}>{text}</span>
      </Meta>
    );
  }
  return (
    <Meta variant="pi" textColor="neutral600">
      {strength && (
        // With the keyboard, the title opens the card.
        <Why onClick={showWhy} title={format('why')}>
          <Strength level={strength} />
        </Why>
      )}
      {isLinked && (
        <Linked role="img" aria-label={format('linked')} title={format('linked')}>
          <LinkIcon aria-hidden width="1.2rem" height="1.2rem" />
        </Linked>
      )}
    </Meta>
  );
}
