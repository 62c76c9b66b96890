import { Field, NumberInput } from '@strapi/design-system';
import { useState } from 'react';

import { useFormat } from './format';

/** The lowest and the highest value. */
export type Bounds = readonly [least: number, most: number];

export const isWithin = (value: number, [least, most]: Bounds): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

interface WholeNumberProps {
  label: string;
  hint?: string;
  value: number | undefined;
  bounds: Bounds;
  placeholder?: string;
  isDisabled?: boolean;
  /** Called with what is typed, even if it is out of bounds; `undefined` for nothing. */
  onChange(value: number | undefined): void;
}

/** A field for a whole number. Keeps what is typed, and says so if it is out of bounds. */
export function WholeNumber(props: WholeNumberProps) {
  const { label, hint, value, bounds, placeholder, isDisabled, onChange } = props;
  const format = useFormat();
  /** The last value passed in or typed: after typing, the design system's input ignores other values. */
  const [known, setKnown] = useState({ value, times: 0 });
  /** Whether it was emptied to type another number: a default would be written into it again. */
  const [isEmptied, setEmptied] = useState(false);
  if (!isEmptied && known.value !== value) setKnown({ value, times: known.times + 1 });
  const shown = isEmptied ? undefined : value;
  const isWrong = shown !== undefined && !isWithin(shown, bounds);
  const [least, most] = bounds;
  return (
    <Field.Root hint={hint} error={isWrong && format('wholeNumber', { least, most })}>
      <Field.Label>{label}</Field.Label>
      <NumberInput
        key={known.times}
        value={shown}
        placeholder={placeholder}
        disabled={isDisabled}
        onValueChange={(next) => {
          setKnown({ ...known, value: next });
          setEmptied(next === undefined);
          onChange(next);
        }}
        onBlur={({ currentTarget, relatedTarget }) => {
          // The arrow buttons belong to the input.
          if (!currentTarget.parentElement?.contains(relatedTarget)) setEmptied(false);
        }}
      />
      <Field.Hint />
      <Field.Error />
    </Field.Root>
  );
}
