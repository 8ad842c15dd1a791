/**
 * The only place that draws HTML of strangers. The desk has sanitised it already (no script, no style, no
 * remote address); the window's content policy would not load anything either.
 */
export function RemoteHtml({ html, className }: { html: string; className?: string | undefined }) {
  return <div className={className} data-selectable dangerouslySetInnerHTML={{ __html: html }} />;
}
