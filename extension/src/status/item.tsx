import {ReactWidget} from '@jupyterlab/ui-components';
import * as React from 'react';

/** A line in the status bar that can be clicked. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly text: () => string,
    private readonly caption: string,
    private readonly onClick: () => void,
  ) {
    super();
    this.addClass('ingot-Status');
  }

  protected override render(): React.JSX.Element {
    return (
      <button type="button" className="ingot-Status-button" title={this.caption} onClick={this.onClick}>
        {this.text()}
      </button>
    );
  }
}
