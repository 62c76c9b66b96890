import { Box, Flex, TextButton, Typography } from '@strapi/design-system';
import type { ReactNode } from 'react';

import type { Curating } from './useCuration';
import { useFormat } from '../shared/format';

/** What became of the last change, for eyes and screen readers, with the way back. */
export function Outcome({ curation }: { curation: Curating }) {
  const format = useFormat();
  const { outcome, undo, insist, dismiss } = curation;
  // Always there: screen readers tell only what changes in a region that they know.
  return (
    <Box role="status">
      {outcome?.kind === 'done' && (
        <Notice tone="success" text={outcome.message}>
          {undo && <TextButton onClick={undo}>{format('undo')}</TextButton>}
        </Notice>
      )}
      {outcome?.kind === 'undone' && <Notice tone="success" text={format('undone')} />}
      {outcome?.kind === 'failed' && (
        <Notice tone="danger" text={format('failed', { reason: outcome.reason })}>
          <TextButton onClick={dismiss}>{format('dismiss')}</TextButton>
        </Notice>
      )}
      {outcome?.kind === 'conflict' && (
        <Notice
          tone="warning"
          text={format('conflict', {
            editor: outcome.details.editor ?? format('somebody'),
            time: outcome.details.updatedAt ? format.time(outcome.details.updatedAt) : '',
          })}
        >
          {insist && <TextButton onClick={insist}>{format('conflict.insist')}</TextButton>}
          <TextButton onClick={dismiss}>{format('conflict.keep')}</TextButton>
        </Notice>
      )}
    </Box>
  );
}

interface NoticeProps {
  tone: 'success' | 'warning' | 'danger';
  text: string;
  children?: ReactNode;
}

function Notice({ tone, text, children }: NoticeProps) {
  return (
    <Flex
      background={`${tone}100`}
      borderColor={`${tone}200`}
      hasRadius
      direction="column"
      alignItems="flex-start"
      gap={1}
      padding={2}
    >
      <Typography variant="pi" textColor="neutral800">
        {text}
      </Typography>
      <Flex gap={2} wrap="wrap">
        {children}
      </Flex>
    </Flex>
  );
}
