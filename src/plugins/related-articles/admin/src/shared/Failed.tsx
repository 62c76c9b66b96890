import { Button, Flex } from '@strapi/design-system';

import { useFormat } from './format';
import { Hint } from './Hint';

/** Something could not be loaded. */
export function Failed({ text, retry }: { text: string; retry: () => unknown }) {
  const format = useFormat();
  return (
    <Flex direction="column" alignItems="flex-start" gap={2}>
      <Hint>{text}</Hint>
      <Button variant="tertiary" size="S" onClick={() => void retry()}>
        {format('panel.retry')}
      </Button>
    </Flex>
  );
}
