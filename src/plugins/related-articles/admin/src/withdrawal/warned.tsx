import type {
  DocumentActionComponent,
  DocumentActionDescription,
  DocumentActionProps,
} from '@strapi/content-manager/strapi-admin';
import { useQueryParams } from '@strapi/strapi/admin';

import { useTypes } from '../panel/useTypes';
import { useMaySee } from '../permissions';
import { useFormat } from '../shared/format';
import { WithdrawalNote } from './WithdrawalNote';

const WITHDRAWING = ['unpublish', 'delete'];

/** Whether an action withdraws an entry. Actions that delete one language have no type, and ask first. */
const withdraws = ({ type }: DocumentActionComponent, description: DocumentActionDescription) =>
  type === undefined
    ? description.variant === 'danger' &&
      description.dialog?.type === 'dialog' &&
      // The question whether to publish several languages has no position of its own.
      description.position?.includes('header') === true
    : WITHDRAWING.includes(type);

interface LocaleQuery {
  plugins?: { i18n?: { locale?: string } };
}

/**
 * Returns Strapi's own actions, where those that withdraw an entry ask first and say what readers lose. Strapi 5.54
 * defines zones for such texts, but shows none of them.
 */
export const withWarnings = (actions: DocumentActionComponent[]): DocumentActionComponent[] =>
  actions.map((action) =>
    action.type === undefined || WITHDRAWING.includes(action.type) ? warned(action) : action,
  );

function warned(Action: DocumentActionComponent): DocumentActionComponent {
  const Warned: DocumentActionComponent = (props: DocumentActionProps) => {
    const description = Action(props);
    const format = useFormat();
    const [{ query }] = useQueryParams<LocaleQuery>();
    const { model, documentId, document } = props;
    const isKnown = useTypes(useMaySee())?.[model] !== undefined;
    const isPublished = document?.status !== 'draft';
    if (!description || !documentId || !isKnown || !isPublished) return description;
    if (!withdraws(Action, description)) return description;
    const entry = { documentId, locale: query.plugins?.i18n?.locale };
    const note = <WithdrawalNote uid={model} entry={entry} />;
    const { dialog, onClick } = description;
    if (dialog?.type === 'dialog') {
      const content = (
        <>
          {dialog.content}
          {note}
        </>
      );
      return { ...description, dialog: { ...dialog, content } };
    }
    // Without a dialog of its own, the action would run before anybody reads the note.
    if (dialog || !onClick || description.disabled) return description;
    const ask = {
      type: 'dialog' as const,
      title: format('withdrawal.title'),
      content: (
        <>
          {format('withdrawal.question')}
          {note}
        </>
      ),
      onConfirm: async () => void (await onClick({} as never)),
    };
    return { ...description, onClick: undefined, dialog: ask };
  };
  return Object.assign(Warned, Action);
}
