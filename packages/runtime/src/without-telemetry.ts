/**
 * From 1.29 on ONNX Runtime tells its makers of every session outside of Windows too (shapes of graphs, hashes of weights, an identifier
 * of the machine that it keeps in the home folder), unless this is set before it is loaded. Bradley tells nobody.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
