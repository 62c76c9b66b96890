import { Box } from '@strapi/design-system';

import { useFormat } from '../shared/format';

/** How near a suggestion comes to the nearest of the list. */
export function StrengthBar({ strength }: { strength: number }) {
  const format = useFormat();
  const percent = Math.round(strength * 100);
  const label = format('strength', { percent });
  return (
    <Box background="neutral150" hasRadius height="4px" role="img" aria-label={label} title={label}>
      <Box background="primary600" hasRadius height="4px" width={`${Math.max(percent, 2)}%`} />
    </Box>
  );
}
