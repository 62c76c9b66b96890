import type { CurationState } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';

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
