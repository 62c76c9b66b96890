import { Button, Dialog, Flex, ProgressBar, Typography } from '@strapi/design-system';
import { useState } from 'react';

import type { FindOverviewResponse, OverviewFigures } from '../../../shared/contracts';
import { useApi } from '../api';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';

interface IndexStateProps {
  index: FindOverviewResponse['data']['index'];
  figures: OverviewFigures | undefined;
}

/** Shows how current the figures are, and what is wrong with the index. */
export function IndexState({ index, figures }: IndexStateProps) {
  const format = useFormat();
  const progress = figures?.progress ?? null;
  return (
    <Flex direction="column" alignItems="stretch" gap={2}>
      {index.percent !== null && (
        <Progress label={format('overview.reading')} share={index.percent / 100} />
      )}
      {progress !== null && (
        <Progress
          label={format(figures?.madeAt ? 'overview.looking' : 'overview.looking.first')}
          share={progress}
        />
      )}
      {progress === null && figures?.madeAt && (
        <Hint>{format('overview.madeAt', { time: format.time(figures.madeAt) })}</Hint>
      )}
      {figures?.isTooLarge && <Hint>{format('overview.tooLarge')}</Hint>}
      {figures?.isPartial && <Hint>{format('overview.partial')}</Hint>}
      {figures?.isNarrow && <Hint>{format('overview.narrow')}</Hint>}
      {index.problems.map((problem) => (
        <Typography key={problem} textColor="danger600">
          {sentence(problem)}
        </Typography>
      ))}
    </Flex>
  );
}

function Progress({ label, share }: { label: string; share: number }) {
  return (
    <Flex gap={3}>
      <Hint>{label}</Hint>
      <ProgressBar value={Math.round(100 * share)} size="S" aria-label={label} />
    </Flex>
  );
}

/** Has everything read again. Until then, lists stay as they are. */
export function RebuildButton({ onDone }: { onDone(error?: unknown): void }) {
  const format = useFormat();
  const { rebuild } = useApi();
  const [isOpen, setOpen] = useState(false);
  const confirm = async () => {
    setOpen(false);
    try {
      await rebuild();
      onDone();
    } catch (error) {
      onDone(error);
    }
  };
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger>
        <Button variant="secondary">{format('overview.rebuild')}</Button>
      </Dialog.Trigger>
      <Dialog.Content>
        <Dialog.Header>{format('overview.rebuild')}</Dialog.Header>
        <Dialog.Body>{format('overview.rebuild.about')}</Dialog.Body>
        <Dialog.Footer>
          <Dialog.Cancel>
            <Button variant="tertiary" fullWidth>
              {format('overview.cancel')}
            </Button>
          </Dialog.Cancel>
          <Button fullWidth onClick={() => void confirm()}>
            {format('overview.rebuild')}
          </Button>
        </Dialog.Footer>
      </Dialog.Content>
    </Dialog.Root>
  );
}

/** Capitalizes a problem: in the log, the plugin's name comes before it. */
const sentence = (problem: string) => problem.charAt(0).toUpperCase() + problem.slice(1);
