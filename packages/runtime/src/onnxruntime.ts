import './without-telemetry.js';

/** ONNX Runtime as everybody here loads it: what it would send of its own accord is switched off before. */
export * as ort from 'onnxruntime-node';
