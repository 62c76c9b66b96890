import { Button, Dialog } from '@strapi/design-system';
import { useEffect } from 'react';
import { useBlocker } from 'react-router-dom';

import { askBeforeClosing } from '../shared/askBeforeClosing';
import { useFormat } from '../shared/format';

/** Asks whoever goes elsewhere with changes that are not saved. */
export function Leaving({ isChanged }: { isChanged: boolean }) {
  const format = useFormat();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isChanged && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => (isChanged ? askBeforeClosing() : undefined), [isChanged]);
  return (
    <Dialog.Root
      open={blocker.state === 'blocked'}
      onOpenChange={(isOpen) => !isOpen && blocker.reset?.()}
    >
      <Dialog.Content>
        <Dialog.Header>{format('leaving.title')}</Dialog.Header>
        <Dialog.Body>{format('leaving.question')}</Dialog.Body>
        <Dialog.Footer>
          <Dialog.Cancel>
            <Button variant="tertiary" fullWidth>
              {format('leaving.stay')}
            </Button>
          </Dialog.Cancel>
          <Button variant="danger-light" fullWidth onClick={() => blocker.proceed?.()}>
            {format('leaving.leave')}
          </Button>
        </Dialog.Footer>
      </Dialog.Content>
    </Dialog.Root>
  );
}
