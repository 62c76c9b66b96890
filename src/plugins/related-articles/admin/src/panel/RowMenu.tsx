import { IconButton, Menu } from '@strapi/design-system';
import {
  ArrowDown,
  ArrowUp,
  Calendar,
  Duplicate,
  ExternalLink,
  EyeStriked,
  Link,
  Magic,
  More,
  Question,
} from '@strapi/icons';
import { useNotification } from '@strapi/strapi/admin';
import type { ReactElement } from 'react';

import type { PanelRow } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import { copyText, markdownLink, targetOf, type Target } from '../shared/links';
import { adminPathOf } from '../shared/titles';
import { exclude, unpin, type Change } from './decisions';

/** How long the menu takes to close and return the focus, in milliseconds: a card opened earlier would close again. */
const CLOSING_MS = 100;

interface RowMenuProps {
  uid: string;
  locale?: string;
  row: PanelRow;
  title: string;
  apply: ((change: Change, message: string) => void) | null;
  insert: ((target: Target) => void) | null;
  /** Opens the card. */
  showWhy: () => void;
  moveTop: (() => void) | null;
  moveUp: (() => void) | null;
  moveDown: (() => void) | null;
  /** Asks until when it is pinned. */
  pinUntil: () => void;
}

interface Action {
  name: string;
  icon: ReactElement;
  run(): void;
}

/** What else can be done with a row. */
export function RowMenu(props: RowMenuProps) {
  const { uid, locale, row, title, apply, insert, showWhy, moveTop, moveUp, moveDown } = props;
  const format = useFormat();
  const { toggleNotification } = useNotification();
  const { reference, origin, state, isLinked } = row;
  const target = targetOf(row);
  const isKnown = state !== 'masked' && state !== 'deleted';
  const tell = (message: string) => toggleNotification({ type: 'info', message });

  const actions = [
    isKnown && { name: 'why', icon: <Question />, run: () => setTimeout(showWhy, CLOSING_MS) },
    apply && {
      name: 'exclude',
      icon: <EyeStriked />,
      run: () => apply(exclude(reference), format('done.excluded', { title })),
    },
    apply && isKnown && { name: 'pinUntil', icon: <Calendar />, run: props.pinUntil },
    apply &&
      origin === 'pinned' && {
        name: 'automatic',
        icon: <Magic />,
        run: () => apply(unpin(reference), format('done.unpinned', { title })),
      },
    apply && moveTop && { name: 'moveTop', icon: <ArrowUp />, run: moveTop },
    apply && moveUp && { name: 'moveUp', icon: <ArrowUp />, run: moveUp },
    apply && moveDown && { name: 'moveDown', icon: <ArrowDown />, run: moveDown },
    isKnown && {
      name: 'open',
      icon: <ExternalLink />,
      run: () => window.open(adminPathOf(uid, reference, locale), '_blank', 'noopener'),
    },
    target && {
      name: 'copy',
      icon: <Duplicate />,
      run: () =>
        void copyText(markdownLink(target)).then((done) =>
          tell(format(done ? 'done.copied' : 'failed.copy')),
        ),
    },
    target &&
      insert &&
      !isLinked && {
        name: 'insert',
        icon: <Link />,
        run: () => {
          insert(target);
          tell(format('done.inserted', { title }));
        },
      },
  ].filter((action): action is Action => Boolean(action));
  if (actions.length === 0) return null;
  return (
    <Menu.Root>
      <Menu.Trigger
        tag={IconButton}
        size="XS"
        variant="ghost"
        icon={<More />}
        label={format('action.more', { title })}
        endIcon={null}
        style={{ width: '2.4rem', height: '2.4rem', padding: 0 }}
        data-control="menu"
        // Its tooltip would cover the title and take the next click on it.
        {...{ withTooltip: false }}
      />
      <Menu.Content popoverPlacement="bottom-end" maxHeight="40rem">
        {actions.map(({ name, icon, run }) => (
          <Menu.Item key={name} startIcon={icon} onSelect={run}>
            {format(`action.${name}`)}
          </Menu.Item>
        ))}
      </Menu.Content>
    </Menu.Root>
  );
}
