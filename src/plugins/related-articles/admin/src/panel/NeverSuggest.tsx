import { Flex, TextButton } from '@strapi/design-system';
import { Eye, EyeStriked } from '@strapi/icons';

import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import { hide } from './decisions';
import type { Curating } from './useCuration';

interface NeverSuggestProps {
  isHidden: boolean;
  curation: Curating | null;
}

/** A rule about the entry itself: no list shows it, whatever is pinned there. */
export function NeverSuggest({ isHidden, curation }: NeverSuggestProps) {
  const format = useFormat();
  return (
    <Flex direction="column" alignItems="flex-start" gap={1}>
      {isHidden && <Hint>{format('hidden.state')}</Hint>}
      {curation && (
        <TextButton
          startIcon={isHidden ? <Eye /> : <EyeStriked />}
          style={{ minHeight: '2.4rem', textAlign: 'start' }}
          onClick={() =>
            curation.apply(hide(!isHidden), format(isHidden ? 'done.shown' : 'done.hidden'))
          }
        >
          {format(isHidden ? 'hidden.show' : 'hidden.hide')}
        </TextButton>
      )}
    </Flex>
  );
}
