import { Component, type ReactNode } from 'react';

import { Failed } from '../shared/Failed';
import { useFormat } from '../shared/format';

interface GuardedProps {
  children: ReactNode;
}

/** Catches errors in the panel: otherwise the whole form would disappear, with all that is not saved. */
export class Guarded extends Component<GuardedProps, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return <Broken retry={() => this.setState({ isBroken: false })} />;
  }
}

function Broken({ retry }: { retry(): void }) {
  const format = useFormat();
  return <Failed text={format('panel.broken')} retry={retry} />;
}
