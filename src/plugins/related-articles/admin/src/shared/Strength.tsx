import { Box, Flex } from '@strapi/design-system';

import type { Strength as Level } from '../../../shared/contracts';
import { useFormat } from './format';

const LEVELS: Level[] = ['weak', 'good', 'strong'];
const HEIGHTS = ['4px', '7px', '10px'];

/** How closely something is related: as a mark, and in a word. */
export function Strength({ level }: { level: Level }) {
  const format = useFormat();
  const reached = LEVELS.indexOf(level);
  const color = level === 'weak' ? 'warning600' : 'primary600';
  return (
    <Flex tag="span" gap={1} inline>
      <Flex tag="span" gap="2px" alignItems="flex-end" aria-hidden inline>
        {HEIGHTS.map((height, at) => (
          <Box
            tag="span"
            key={height}
            width="3px"
            height={height}
            background={at <= reached ? color : 'neutral200'}
          />
        ))}
      </Flex>
      {format(`strength.${level}`)}
    </Flex>
  );
}
