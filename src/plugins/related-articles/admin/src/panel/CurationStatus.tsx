import { Typography } from '@strapi/design-system';

import type { CurationState } from '../../../shared/contracts';
import { useFormat } from '../shared/format';

/** Who decided last, or that nobody did: one line always, so that the first decision moves nothing under the pointer. */
export function CurationStatus({ state: { editor, updatedAt } }: { state: CurationState }) {
  const format = useFormat();
  const text = updatedAt
    ? format('changedBy', {
        editor: editor ?? format('somebody'),
        time: format.time(updatedAt),
      })
    : format('changedByNobody');
  return (
    <Typography variant="pi" textColor="neutral600" ellipsis title={text}>
      {text}
    </Typography>
  );
}
