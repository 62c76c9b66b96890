import { Button, Flex, Typography } from '@strapi/design-system';

import type { DecideRequest } from '../../../shared/contracts';
import { useFormat } from '../shared/format';

const DECISIONS: DecideRequest['decision'][] = ['automatic', 'never', 'allow'];

interface BulkBarProps {
  count: number;
  isBusy: boolean;
  decide(decision: DecideRequest['decision']): void;
}

/** Buttons to decide about all chosen entries at once. */
export function BulkBar({ count, isBusy, decide }: BulkBarProps) {
  const format = useFormat();
  return (
    <Flex gap={2} wrap="wrap">
      <Typography textColor="neutral600">{format('overview.selected', { count })}</Typography>
      {DECISIONS.map((decision) => (
        <Button
          key={decision}
          variant="tertiary"
          size="S"
          disabled={isBusy}
          onClick={() => decide(decision)}
        >
          {format(`overview.decide.${decision}`)}
        </Button>
      ))}
    </Flex>
  );
}
