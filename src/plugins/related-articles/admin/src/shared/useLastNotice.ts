import { useNotification } from '@strapi/strapi/admin';
import { useState } from 'react';

import type { NoticeProps } from './Notices';
import { useIsGone } from './useIsGone';

interface LastNotice {
  notice: NoticeProps | null;
  /** Shows a notice in place of the last one; a failure also after the editor has left the page. */
  say(tone: NoticeProps['tone'], text: string, actions?: NoticeProps['actions']): void;
  dismiss(): void;
}

/** Keeps the notice about what an editor did last on a page. */
export function useLastNotice(): LastNotice {
  const [notice, setNotice] = useState<NoticeProps | null>(null);
  const { toggleNotification } = useNotification();
  const isGone = useIsGone();
  const dismiss = () => setNotice(null);
  return {
    notice,
    say(tone, text, actions) {
      if (!isGone.current) setNotice({ tone, text, actions, onClose: dismiss });
      else if (tone !== 'success') toggleNotification({ type: tone, message: text });
    },
    dismiss,
  };
}
