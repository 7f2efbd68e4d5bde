import { Document, isScalar, isSeq, visit } from 'yaml';
import { fieldsOf } from './fields.js';
import { type RunConfig, type RunTables, runConfigSchema } from './run-config.js';

/** A config as a YAML file, every field with what it means: the inverse of `parseRunConfig`. */
export function formatRunConfig(config: RunConfig, tables: RunTables): string {
  const document = new Document(config);
  visit(document, {
    Seq: (_, list) => {
      list.flow = true;
    },
  });
  for (const { path, variants } of fieldsOf(runConfigSchema(tables))) {
    const name = document.getIn([...path.slice(0, -1), 'name']) ?? document.getIn([...path.slice(0, -1), 'kind']);
    const variant = variants.find(({ of }) => of === null || of === name);
    const node = document.getIn(path, true);
    if (variant?.description !== undefined && (isScalar(node) || isSeq(node))) node.comment = ` ${variant.description}`;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
