import { Box, Flex, Typography } from '@strapi/design-system';
import type { ReactNode } from 'react';

import { Hint } from '../shared/Hint';

interface SectionProps {
  title: string;
  hint?: string;
  children: ReactNode;
}

/** A part of the page with its own background. */
export function Section({ title, hint, children }: SectionProps) {
  return (
    <Box tag="section" background="neutral0" hasRadius shadow="tableShadow" padding={5}>
      <Flex direction="column" alignItems="stretch" gap={4}>
        <div>
          <Typography variant="delta" tag="h2">
            {title}
          </Typography>
          {hint && <Hint>{hint}</Hint>}
        </div>
        {children}
      </Flex>
    </Box>
  );
}
