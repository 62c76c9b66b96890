import { useState } from 'react';

import type { DecideRequest } from '../../../shared/contracts';
import { useApi } from '../api';
import { askBeforeClosing } from '../shared/askBeforeClosing';
import type { NoticeProps } from '../shared/Notices';
import { useFormat } from '../shared/format';
import { problemOf, untilAnswered, wordsOf } from '../shared/problems';
import { useLastNotice } from '../shared/useLastNotice';

interface Decisions {
  isBusy: boolean;
  notice: NoticeProps | null;
  /** Shows a notice that has nothing to do with a decision. */
  say(tone: NoticeProps['tone'], text: string): void;
  /** @returns The entries that it could not decide about. */
  decide(
    uid: string,
    body: Omit<DecideRequest, 'documentIds'>,
    documentIds: readonly string[],
  ): Promise<string[]>;
}

/** Decides about many entries at once, and reports the result; failures also after the editor has left the page. */
export function useDecisions(): Decisions {
  const format = useFormat();
  const api = useApi();
  const [isBusy, setBusy] = useState(false);
  const { notice, say } = useLastNotice();
  return {
    isBusy,
    notice,
    say,
    async decide(uid, body, documentIds) {
      setBusy(true);
      const endAsking = askBeforeClosing();
      try {
        const asked = { ...body, documentIds: [...documentIds] };
        const { done, refused } = await untilAnswered((sentBefore) => api.decide(uid, { ...asked, sentBefore })); // prettier-ignore
        const words = [format('overview.done', { count: done.length })];
        if (refused.length > 0) words.push(format('overview.refused', { count: refused.length }));
        say(refused.length > 0 ? 'warning' : 'success', words.join(' '));
        return refused;
      } catch (error) {
        say('danger', format('failed', { reason: wordsOf(problemOf(error), format) }));
        return [...documentIds];
      } finally {
        endAsking();
        setBusy(false);
      }
    },
  };
}
