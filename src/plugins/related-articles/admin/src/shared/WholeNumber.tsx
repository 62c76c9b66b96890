import { Field, NumberInput } from '@strapi/design-system';
import { useState } from 'react';

import { useFormat } from './format';

/** The least and the most. */
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
  /** Given what is typed, also where that is out of bounds; `undefined` for nothing. */
  onChange(value: number | undefined): void;
}

/** A whole number. What is typed stays as it is, and is told where it is out of bounds. */
export function WholeNumber(props: WholeNumberProps) {
  const { label, hint, value, bounds, placeholder, isDisabled, onChange } = props;
  const format = useFormat();
  /** What the input was given or has given; the design system's shows no other once something was typed. */
  const [known, setKnown] = useState({ value, times: 0 });
  /** Emptied, to type another: a default would be written into it again. */
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
          // Its arrows belong to it.
          if (!currentTarget.parentElement?.contains(relatedTarget)) setEmptied(false);
        }}
      />
      <Field.Hint />
      <Field.Error />
    </Field.Root>
  );
}
