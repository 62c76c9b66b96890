import { Box, Flex, TextButton, Typography } from '@strapi/design-system';
import { useId } from 'react';
import { styled } from 'styled-components';

import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';

const Range = styled.input`
  width: 100%;
  height: 2.4rem;
  accent-color: ${({ theme }) => theme.colors.primary600};
`;

interface SliderProps {
  label: string;
  hint: string;
  value: number;
  most: number;
  step: number;
  isDisabled: boolean;
  /** Whether it is set here, and not only the default. */
  isOwn: boolean;
  onChange(value: number): void;
  onReset(): void;
}

/** A slider for a number from 0 upwards, with its value. */
export function Slider({
  label,
  hint,
  value,
  most,
  step,
  isDisabled,
  isOwn,
  onChange,
  onReset,
}: SliderProps) {
  const format = useFormat();
  const id = useId();
  // A file may set more than the slider reaches.
  const end = Math.max(most, value);
  return (
    <Box>
      <Flex justifyContent="space-between" gap={2}>
        <Typography variant="pi" fontWeight="bold" tag="label" htmlFor={id}>
          {label}
        </Typography>
        <Flex gap={2}>
          {isOwn && <TextButton onClick={onReset}>{format('settings.default')}</TextButton>}
          <Typography variant="pi" tag="output" htmlFor={id}>
            {format.number(Number(value.toFixed(2)))}
          </Typography>
        </Flex>
      </Flex>
      <Range
        id={id}
        type="range"
        min={0}
        max={end}
        step={step}
        value={value}
        disabled={isDisabled}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => onChange(Number(target.value))}
      />
      <div id={`${id}-hint`}>
        <Hint>{hint}</Hint>
      </div>
    </Box>
  );
}
