import { Box, Flex, Link, Typography } from '@strapi/design-system';
import { Link as RouterLink } from 'react-router-dom';

import type { PanelSuggestion } from '../../../shared/contracts';
import { reasonsOf, type Format } from '../utils/reasons';

interface SuggestionRowProps {
  suggestion: PanelSuggestion;
  href: string;
  format: Format;
}

export function SuggestionRow({ suggestion, href, format }: SuggestionRowProps) {
  const percent = Math.round(suggestion.strength * 100);
  const label = format('strength', { percent });
  return (
    <Flex tag="li" direction="column" alignItems="stretch" gap={1} paddingBottom={2}>
      <Link tag={RouterLink} to={href}>
        {suggestion.title}
      </Link>
      <Box
        background="neutral150"
        hasRadius
        height="4px"
        role="img"
        aria-label={label}
        title={label}
      >
        <Box background="primary600" hasRadius height="4px" width={`${Math.max(percent, 2)}%`} />
      </Box>
      <Flex tag="ul" direction="column" alignItems="stretch">
        {reasonsOf(suggestion.explanation, format).map((reason) => (
          <Typography key={reason} tag="li" variant="pi" textColor="neutral600">
            {reason}
          </Typography>
        ))}
      </Flex>
    </Flex>
  );
}
