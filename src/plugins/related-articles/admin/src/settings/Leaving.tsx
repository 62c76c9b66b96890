import { Button, Dialog } from '@strapi/design-system';
import { useEffect } from 'react';
import { useBlocker } from 'react-router-dom';

import { askBeforeClosing } from '../shared/askBeforeClosing';
import { useFormat } from '../shared/format';

interface LeavingProps {
  isChanged: boolean;
  /** Whether all changes are being saved: that succeeds or fails no matter who leaves. */
  isSaving: boolean;
}

/** Asks editors who leave the page with unsaved changes. */
export function Leaving({ isChanged, isSaving }: LeavingProps) {
  const format = useFormat();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isChanged && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => (isChanged ? askBeforeClosing() : undefined), [isChanged]);
  // Saved meanwhile: there is nothing left to ask.
  useEffect(() => {
    if (!isChanged && blocker.state === 'blocked') blocker.proceed();
  }, [blocker, isChanged]);
  return (
    <Dialog.Root
      open={blocker.state === 'blocked'}
      onOpenChange={(isOpen) => !isOpen && blocker.reset?.()}
    >
      <Dialog.Content>
        <Dialog.Header>{format(isSaving ? 'leaving.saving.title' : 'leaving.title')}</Dialog.Header>
        <Dialog.Body>
          {format(isSaving ? 'leaving.saving.question' : 'leaving.question')}
        </Dialog.Body>
        <Dialog.Footer>
          <Dialog.Cancel>
            <Button variant="tertiary" fullWidth>
              {format('leaving.stay')}
            </Button>
          </Dialog.Cancel>
          <Button variant="danger-light" fullWidth onClick={() => blocker.proceed?.()}>
            {format(isSaving ? 'leaving.saving.leave' : 'leaving.leave')}
          </Button>
        </Dialog.Footer>
      </Dialog.Content>
    </Dialog.Root>
  );
}
