import * as React from 'react';
import type {PanelContext} from '../context.js';

/** A command or an address with a button that copies it. */
export function CopyField({
  text,
  label,
  context,
}: {
  text: string;
  label: string;
  context: PanelContext;
}): React.JSX.Element {
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const {trans, copy} = context;
  return (
    <div className="ingot-Copy">
      <div className="ingot-Copy-header">
        <span>{label}</span>
        <button
          type="button"
          className="ingot-Link"
          aria-label={trans.__('Copy: %1', label)}
          onClick={() => {
            copy(text);
            setCopied(true);
          }}
        >
          <span role="status">{copied ? trans.__('Copied') : trans.__('Copy')}</span>
        </button>
      </div>
      <pre className="ingot-Copy-text" aria-label={label} tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}
