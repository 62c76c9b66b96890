import type { CurationState } from '../../../shared/contracts';
import { useFormat } from '../utils/format';
import { Hint } from './Hint';

/** Who decided last. */
export function CurationStatus({ state: { editor, updatedAt } }: { state: CurationState }) {
  const format = useFormat();
  if (!updatedAt) return null;
  return (
    <Hint>
      {format('changedBy', {
        editor: editor ?? format('somebody'),
        time: format.time(updatedAt),
      })}
    </Hint>
  );
}
