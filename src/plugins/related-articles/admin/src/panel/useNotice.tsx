import { TextButton } from '@strapi/design-system';

import { useFormat } from '../shared/format';
import type { NoticeProps } from '../shared/Notices';
import { wordsOf } from '../shared/problems';
import { changesBetween } from './reverted';
import type { Curating } from './useCuration';

/** Describes the result of the last change, and what can be done about it. */
export function useNotice({ outcome, undo, dismiss }: Curating): NoticeProps | null {
  const format = useFormat();
  if (!outcome) return null;
  const onClose = dismiss;
  if (outcome.kind === 'done') {
    const text = outcome.message;
    const actions = undo && <TextButton onClick={undo}>{format('undo')}</TextButton>;
    return { tone: 'success', text, onClose, passing: actions };
  }
  if (outcome.kind === 'reverted') {
    const { direction, before, after } = outcome;
    const text = [format(`done.${direction}`), changesBetween(before, after, format)];
    return { tone: 'success', text: text.join(' ').trim(), onClose };
  }
  if (outcome.kind === 'failed') {
    const { problem, retry } = outcome;
    const text = format('failed', { reason: wordsOf(problem, format) });
    const actions = retry && <TextButton onClick={retry}>{format('panel.retry')}</TextButton>;
    return { tone: 'danger', text, actions: actions ?? undefined, onClose };
  }
  const { details, insist } = outcome;
  const text = format('conflict', {
    editor: details.editor ?? format('somebody'),
    time: details.updatedAt ? format.time(details.updatedAt) : '',
  });
  const actions = (
    <>
      {insist && <TextButton onClick={insist}>{format('conflict.insist')}</TextButton>}
      <TextButton onClick={dismiss}>{format('conflict.keep')}</TextButton>
    </>
  );
  return { tone: 'warning', text, actions, onClose };
}
