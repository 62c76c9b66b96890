import { Field } from '@strapi/design-system';
import { forwardRef } from 'react';
import { styled } from 'styled-components';

import { dayOf } from './days';

/** Otherwise, the browser draws its calendar for a light page. */
const Input = styled(Field.Input)`
  color-scheme: ${({ theme }) => (parseInt(theme.colors.neutral0.slice(1, 3), 16) < 128 ? 'dark' : 'light')};
`;

interface DayInputProps {
  /** Such as 2026-03-01; empty for none. */
  day: string;
  onChange(day: string): void;
}

/**
 * Asks for a day from today on. Uses the browser's own field: it takes typed input at once, in the order that people
 * are used to, and `reportValidity` says what is wrong with a day that is only partly typed.
 */
export const DayInput = forwardRef<HTMLInputElement, DayInputProps>(({ day, onChange }, ref) => (
  <Input
    ref={ref}
    type="date"
    size="S"
    min={dayOf(new Date())}
    max="9999-12-30"
    value={day}
    onChange={({ target }: { target: { value: string } }) => onChange(target.value)}
  />
));
DayInput.displayName = 'DayInput';
