import { Button, DatePicker, Field, Modal } from '@strapi/design-system';
import { useState } from 'react';

import { endOf } from '../shared/days';
import { useFormat } from '../shared/format';

interface PinUntilProps {
  title: string;
  /** An ISO date; `null` for a pin that stays. */
  until: string | null;
  onSave(until: string | null): void;
  onClose(): void;
}

/** Asks for the last day of a pin. */
export function PinUntil({ title, until, onSave, onClose }: PinUntilProps) {
  const format = useFormat();
  const [day, setDay] = useState<Date | undefined>(until ? new Date(until) : undefined);
  return (
    <Modal.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal.Content>
        <Modal.Header>
          <Modal.Title>{format('pinUntil.title', { title })}</Modal.Title>
        </Modal.Header>
        <Modal.Body>
          <Field.Root hint={format('pinUntil.hint')}>
            <Field.Label>{format('pinUntil.day')}</Field.Label>
            <DatePicker
              value={day}
              minDate={new Date()}
              onChange={setDay}
              onClear={() => setDay(undefined)}
              clearLabel={format('pinUntil.clear')}
            />
            <Field.Hint />
          </Field.Root>
        </Modal.Body>
        <Modal.Footer>
          <Button variant="tertiary" onClick={onClose}>
            {format('cancel')}
          </Button>
          <Button onClick={() => onSave(day ? endOf(day) : null)}>{format('pinUntil.save')}</Button>
        </Modal.Footer>
      </Modal.Content>
    </Modal.Root>
  );
}
