import { Button, Field, Modal } from '@strapi/design-system';
import { useRef, useState } from 'react';

import { DayInput } from '../shared/DayInput';
import { dayOf, endOf } from '../shared/days';
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
  const input = useRef<HTMLInputElement>(null);
  const [day, setDay] = useState(until ? dayOf(new Date(until)) : '');
  const save = () => {
    if (input.current?.reportValidity() ?? true) onSave(day ? endOf(day) : null);
  };
  return (
    <Modal.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal.Content>
        <Modal.Header>
          <Modal.Title>{format('pinUntil.title', { title })}</Modal.Title>
        </Modal.Header>
        <Modal.Body>
          <Field.Root hint={format('pinUntil.hint')}>
            <Field.Label>{format('pinUntil.day')}</Field.Label>
            <DayInput ref={input} day={day} onChange={setDay} />
            <Field.Hint />
          </Field.Root>
        </Modal.Body>
        <Modal.Footer>
          <Button variant="tertiary" onClick={onClose}>
            {format('cancel')}
          </Button>
          <Button onClick={save}>{format('pinUntil.save')}</Button>
        </Modal.Footer>
      </Modal.Content>
    </Modal.Root>
  );
}
