import { Flex, TextButton } from '@strapi/design-system';
import { ArrowClockwise, Magic } from '@strapi/icons';
import { styled } from 'styled-components';

import { SmallButton } from '../shared/SmallButton';
import { Undo } from '../shared/Undo';
import { useFormat } from '../shared/format';
import { clear } from './decisions';
import type { Curating } from './useCuration';

const Automatic = styled(TextButton)`
  min-height: 2.4rem;
`;

interface ListToolbarProps {
  curation: Curating;
  /** Whether anything is pinned or excluded. */
  isCurated: boolean;
}

/** Buttons for undo, redo, and the way back to the list that the plugin makes. */
export function ListToolbar({ curation, isCurated }: ListToolbarProps) {
  const format = useFormat();
  const { undo, redo, apply } = curation;
  return (
    <Flex gap={1}>
      <SmallButton variant="ghost" label={format('undo')} disabled={!undo} onClick={() => undo?.()}>
        <Undo />
      </SmallButton>
      <SmallButton variant="ghost" label={format('redo')} disabled={!redo} onClick={() => redo?.()}>
        <ArrowClockwise />
      </SmallButton>
      {isCurated && (
        <Automatic
          startIcon={<Magic />}
          aria-label={format('automatic')}
          title={format('automatic')}
          onClick={() => apply(clear, format('done.automatic'))}
        >
          {format('toolbar.automatic')}
        </Automatic>
      )}
    </Flex>
  );
}
