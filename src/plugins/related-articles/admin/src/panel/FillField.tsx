import { TextButton } from '@strapi/design-system';
import { Download } from '@strapi/icons';
import { useNotification } from '@strapi/strapi/admin';
import { styled } from 'styled-components';

import type { PanelRow, PickedField } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import { titleOf } from '../shared/titles';
import { pickInto } from './picked-field';
import { useLabels } from './useLabels';

const Fill = styled(TextButton)`
  min-height: 2.4rem;
`;

interface FillFieldProps {
  uid: string;
  locale?: string;
  field: PickedField;
  rows: readonly PanelRow[];
  /** Whether it is shown even with nothing to do, so that the list after it stays in place. */
  keepsPlace: boolean;
  value: unknown;
  change(value: unknown): void;
}

/** Adds what the list shows to the relation in which editors pick, after what it holds. */
export function FillField({ uid, locale, field, rows, keepsPlace, value, change }: FillFieldProps) {
  const format = useFormat();
  const { toggleNotification } = useNotification();
  const name = useLabels()(field.attribute);
  const picks = rows
    .filter(({ reference }) => reference in field.ids)
    .map((row) => ({
      id: field.ids[row.reference],
      documentId: row.reference,
      title: titleOf(row, format),
    }));
  if (picks.length === 0 && !keepsPlace) return null;
  const fill = () => {
    change(pickInto(value, picks, uid, locale));
    toggleNotification({ type: 'info', message: format('done.filled', { count: picks.length, name }) }); // prettier-ignore
  };
  return (
    <Fill
      startIcon={<Download />}
      disabled={picks.length === 0}
      title={format('toolbar.fill.title', { name })}
      onClick={fill}
    >
      {format('toolbar.fill', { name })}
    </Fill>
  );
}
