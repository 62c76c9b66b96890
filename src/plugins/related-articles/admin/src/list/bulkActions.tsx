import type { BulkActionComponent } from '@strapi/content-manager/strapi-admin';
import { useNotification, useQueryParams, useTable } from '@strapi/strapi/admin';
import { useRef, useState } from 'react';

import type { DecideRequest } from '../../../shared/contracts';
import { useApi } from '../api';
import { useTypes } from '../panel/useTypes';
import { useMayCurate, useMaySee } from '../permissions';
import { askBeforeClosing } from '../shared/askBeforeClosing';
import { useFormat } from '../shared/format';
import { problemOf, untilAnswered, wordsOf } from '../shared/problems';
import { forgetFacts } from './facts';

const DECISIONS: DecideRequest['decision'][] = ['never', 'allow', 'automatic'];

/** Decisions are made in the order of the clicks, even if the first is under way for long. */
let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(decide: () => Promise<T>): Promise<T> {
  const endAsking = askBeforeClosing();
  const done = last.then(decide).finally(endAsking);
  last = done.catch(() => undefined);
  return done;
}

interface LocaleQuery {
  plugins?: { i18n?: { locale?: string } };
}

/** The decisions about the chosen entries in the content manager's list, added to Strapi's own actions. */
export const bulkActions: BulkActionComponent[] = DECISIONS.map((decision) => {
  const Action: BulkActionComponent = ({ documents, model }) => {
    const format = useFormat();
    const { decide } = useApi();
    const { toggleNotification } = useNotification();
    const [{ query }] = useQueryParams<LocaleQuery>();
    const isKnown = useTypes(useMaySee())?.[model] !== undefined;
    const mayCurate = useMayCurate();
    const [isBusy, setBusy] = useState(false);
    const rows = useTable('related-articles', (table) => table.rows);
    // Strapi keeps the selection while the page or search changes: nobody should decide about entries out of sight.
    const inSight = documents.filter(({ id }) => rows.some((row) => row.id === id));
    // Strapi may go on showing a button of an earlier selection for a while.
    const chosen = useRef({ documents, query });
    chosen.current = { documents: inSight, query };
    if (!isKnown || !mayCurate) return null;
    return {
      label: format(`overview.decide.${decision}`),
      variant: 'tertiary',
      disabled: isBusy || inSight.length === 0,
      loading: isBusy,
      onClick: async () => {
        const locale = chosen.current.query.plugins?.i18n?.locale;
        const documentIds = chosen.current.documents.map(({ documentId }) => documentId);
        try {
          const asked = { decision, locale, documentIds };
          setBusy(true);
          const { done, refused } = await inTurn(() => untilAnswered((sentBefore) => decide(model, { ...asked, sentBefore }))); // prettier-ignore
          forgetFacts();
          toggleNotification({
            type: refused.length > 0 ? 'warning' : 'success',
            message: [
              format('overview.done', { count: done.length }),
              refused.length > 0 && format('list.refused', { count: refused.length }),
            ]
              .filter(Boolean)
              .join(' '),
          });
        } catch (error) {
          // Part of it may be done.
          forgetFacts();
          const reason = wordsOf(problemOf(error), format);
          toggleNotification({ type: 'danger', message: format('failed', { reason }) });
        } finally {
          setBusy(false);
        }
      },
    };
  };
  return Action;
});
