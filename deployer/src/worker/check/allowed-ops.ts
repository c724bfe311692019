/**
 * The operations that a deployed model may consist of: those that compute from their inputs, and the variables, tables and
 * control flow that models are made of. A list of what is allowed, since lists of what is forbidden have been evaded: it
 * has none that reads or writes a file by a name of its own, opens a connection, runs foreign code, prints, sleeps or ends
 * the process. Left out on purpose although they look harmless: ImmutableConst, GenerateVocabRemapping and
 * InitializeTableFromTextFileV2 (they open files), Abort, PrintV2 (it can write to a file).
 */
const COMPUTING = `
  Abs Acos Acosh Add AddN AddV2 AccumulateNV2 All Angle Any ApproxTopK ApproximateEqual ArgMax ArgMin Asin Asinh Atan Atan2
  Atanh BesselI0 BesselI0e BesselI1 BesselI1e BesselJ0 BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e BesselY0 BesselY1
  Betainc Bincount BitwiseAnd BitwiseOr BitwiseXor Bucketize Cast Ceil ClipByValue Complex ComplexAbs Conj Cos Cosh Cross
  Cumprod Cumsum CumulativeLogsumexp Dawsn DenseBincount Digamma Div DivNoNan Elu Equal Erf Erfc Erfinv EuclideanNorm Exp
  Expint Expm1 Floor FloorDiv FloorMod FresnelCos FresnelSin Greater GreaterEqual HistogramFixedWidth Igamma Igammac Imag Inv
  Invert IsFinite IsInf IsNan L2Loss LeakyRelu LeftShift Less LessEqual Lgamma Log Log1p LogSoftmax LogicalAnd LogicalNot
  LogicalOr Max Maximum Mean Min Minimum Mod Mul MulNoNan Ndtri Neg NextAfter NotEqual Polygamma PopulationCount Pow Prod
  RaggedBincount Real RealDiv Reciprocal Relu Relu6 RightShift Rint Round Rsqrt Selu Sigmoid Sign Sin Sinh Softmax Softplus
  Softsign Spence Sqrt Square SquaredDifference Sub Sum Tan Tanh TruncateDiv TruncateMod Xdivy Xlog1py Xlogy Zeta
  SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits InTopK InTopKV2 CheckNumerics CheckNumericsV2

  BatchToSpace BatchToSpaceND Bitcast BroadcastArgs BroadcastGradientArgs BroadcastTo Concat ConcatOffset ConcatV2
  ConjugateTranspose Const CopyOp DeepCopy DepthToSpace Diag DiagPart DynamicPartition DynamicStitch EditDistance Empty
  EnsureShape ExpandDims Fill Fingerprint Gather GatherNd GatherV2 GuaranteeConst Identity IdentityN InplaceAdd InplaceSub
  InplaceUpdate InvertPermutation LinSpace ListDiff LowerBound MatrixBandPart MatrixDiag MatrixDiagPart MatrixDiagPartV2
  MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3 MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 MirrorPad NthElement OneHot
  OnesLike Pack Pad PadV2 ParallelConcat ParallelDynamicStitch Placeholder PlaceholderV2 PlaceholderWithDefault
  PreventGradient Range Rank Reshape Reverse ReverseSequence ReverseV2 Roll ScatterNd ScatterNdNonAliasingAdd Select SelectV2
  Shape ShapeN Size Slice Snapshot SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Squeeze StopGradient StridedSlice
  TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate TensorStridedSliceUpdate Tile TopK
  TopKV2 Transpose Unique UniqueV2 UniqueWithCounts UniqueWithCountsV2 Unpack UnravelIndex UpperBound Where ZerosLike
  SegmentMax SegmentMaxV2 SegmentMean SegmentMin SegmentMinV2 SegmentProd SegmentProdV2 SegmentSum SegmentSumV2
  UnsortedSegmentJoin UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum

  BandedTriangularSolve BatchMatMul BatchMatMulV2 BatchMatMulV3 Cholesky Einsum Eig FFT FFT2D FFT3D FFTND IFFT IFFT2D IFFT3D
  IFFTND IRFFT IRFFT2D IRFFT3D IRFFTND LogMatrixDeterminant Lu MatMul MatrixDeterminant MatrixExponential MatrixInverse
  MatrixLogarithm MatrixSolve MatrixSolveLs MatrixSquareRoot MatrixTriangularSolve Qr RFFT RFFT2D RFFT3D RFFTND SelfAdjointEig
  SelfAdjointEigV2 Svd TridiagonalMatMul TridiagonalSolve AudioSpectrogram Mfcc

  AvgPool AvgPool3D BatchNormWithGlobalNormalization BiasAdd BiasAddV1 BlockLSTM BlockLSTMV2 Conv Conv2D Conv2DBackpropInput
  Conv2DBackpropInputV2 Conv3D Conv3DBackpropInput Conv3DBackpropInputV2 CTCBeamSearchDecoder CTCGreedyDecoder CudnnRNN
  CudnnRNNV2 CudnnRNNV3 DataFormatDimMap DataFormatVecPermute DepthwiseConv2dNative DepthwiseConv2dNativeBackpropInput
  Dilation2D FractionalAvgPool FractionalMaxPool FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 FusedPadConv2D
  FusedResizeAndPadConv2D GRUBlockCell IsotonicRegression LRN LSTMBlockCell MaxPool MaxPool3D MaxPoolV2 MaxPoolWithArgmax
  Dequantize FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantize
  QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 QuantizeDownAndShrinkRange QuantizeV2 Requantize
  QuantizedAdd QuantizedAvgPool QuantizedBiasAdd QuantizedConcat QuantizedConcatV2 QuantizedConv2D QuantizedMatMul
  QuantizedMaxPool QuantizedMul QuantizedRelu QuantizedRelu6 QuantizedReshape RequantizationRange

  AvgPool3DGrad AvgPoolGrad BiasAddGrad CholeskyGrad Conv2DBackpropFilter Conv2DBackpropFilterV2 Conv3DBackpropFilter
  Conv3DBackpropFilterV2 CropAndResizeGradBoxes CropAndResizeGradImage DepthwiseConv2dNativeBackpropFilter
  Dilation2DBackpropFilter Dilation2DBackpropInput EluGrad FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3 InvGrad
  LeakyReluGrad LRNGrad MaxPool3DGrad MaxPoolGrad MaxPoolGradV2 MaxPoolGradWithArgmax MirrorPadGrad ReciprocalGrad Relu6Grad
  ReluGrad ResizeBicubicGrad ResizeBilinearGrad ResizeNearestNeighborGrad RsqrtGrad ScaleAndTranslateGrad SeluGrad SigmoidGrad
  SoftplusGrad SoftsignGrad SqrtGrad StridedSliceGrad TanhGrad TileGrad

  AdjustContrast AdjustContrastv2 AdjustHue AdjustSaturation CombinedNonMaxSuppression CropAndResize DecodeAndCropJpeg
  DecodeBmp DecodeGif DecodeImage DecodeJpeg DecodePng DecodeWav DecodeWebP DrawBoundingBoxes DrawBoundingBoxesV2 EncodeJpeg
  EncodePng EncodeWav ExtractGlimpse ExtractGlimpseV2 ExtractImagePatches ExtractJpegShape ExtractVolumePatches
  GenerateBoundingBoxProposals HSVToRGB ImageProjectiveTransformV2 ImageProjectiveTransformV3 NonMaxSuppression
  NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 NonMaxSuppressionWithOverlaps RGBToHSV
  ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate

  AsString DecodeBase64 DecodeCSV DecodeCompressed DecodeJSONExample DecodePaddedRaw DecodeRaw EncodeBase64 ParseExample
  ParseExampleV2 ParseSequenceExample ParseSequenceExampleV2 ParseSingleExample ParseSingleSequenceExample ParseTensor
  ReduceJoin RegexFullMatch RegexReplace SerializeTensor StaticRegexFullMatch StaticRegexReplace StringFormat StringJoin
  StringLength StringLower StringNGrams StringSplit StringSplitV2 StringStrip StringToHashBucket StringToHashBucketFast
  StringToHashBucketStrong StringToNumber StringUpper Substr UnicodeDecode UnicodeDecodeWithOffsets UnicodeEncode
  UnicodeScript UnicodeTranscode

  DenseCountSparseOutput DenseToDenseSetOperation DenseToSparseSetOperation DeserializeManySparse DeserializeSparse
  RaggedCountSparseOutput RaggedCross RaggedFillEmptyRows RaggedGather RaggedRange RaggedTensorFromVariant
  RaggedTensorToSparse RaggedTensorToTensor RaggedTensorToVariant SerializeManySparse SerializeSparse SetSize SparseAdd
  SparseBincount SparseConcat SparseCountSparseOutput SparseCross SparseCrossHashed SparseCrossV2 SparseDenseCwiseAdd
  SparseDenseCwiseDiv SparseDenseCwiseMul SparseFillEmptyRows SparseMatMul SparseReduceMax SparseReduceMaxSparse
  SparseReduceSum SparseReduceSumSparse SparseReorder SparseReshape SparseSegmentMean SparseSegmentMeanWithNumSegments
  SparseSegmentSqrtN SparseSegmentSqrtNWithNumSegments SparseSegmentSum SparseSegmentSumWithNumSegments SparseSlice
  SparseSoftmax SparseSparseMaximum SparseSparseMinimum SparseSplit SparseTensorDenseAdd SparseTensorDenseMatMul
  SparseToDense SparseToSparseSetOperation

  Multinomial ParameterizedTruncatedNormal RandomCrop RandomGamma RandomIndexShuffle RandomPoissonV2 RandomShuffle
  RandomStandardNormal RandomUniform RandomUniformInt StatelessMultinomial StatelessRandomBinomial StatelessRandomGammaV2
  StatelessRandomGammaV3 StatelessRandomGetAlg StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg
  StatelessRandomNormal StatelessRandomNormalV2 StatelessRandomPoisson StatelessRandomUniform StatelessRandomUniformFullInt
  StatelessRandomUniformFullIntV2 StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2
  StatelessShuffle StatelessTruncatedNormal StatelessTruncatedNormalV2 TruncatedNormal

  Assert Case ControlTrigger Enter Exit FakeParam For If LoopCond Merge NextIteration NoOp PartitionedCall RefEnter RefExit
  RefIdentity RefMerge RefNextIteration RefSelect RefSwitch StatefulPartitionedCall StatelessCase StatelessIf StatelessWhile
  Switch While MapDefun EmptyTensorList TensorListConcat TensorListConcatLists TensorListConcatV2 TensorListElementShape
  TensorListFromTensor TensorListGather TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack
  TensorListPushBackBatch TensorListReserve TensorListResize TensorListScatter TensorListScatterIntoExistingList
  TensorListScatterV2 TensorListSetItem TensorListSplit TensorListStack TensorArrayCloseV3 TensorArrayConcatV3
  TensorArrayGatherV3 TensorArrayReadV3 TensorArrayScatterV3 TensorArraySizeV3 TensorArraySplitV3 TensorArrayV3
  TensorArrayWriteV3 OptionalFromValue OptionalGetValue OptionalHasValue OptionalNone
`;

/** A model's own state. */
const STATE = `
  Assign AssignAdd AssignAddVariableOp AssignSub AssignSubVariableOp AssignVariableOp DestroyResourceOp DisableCopyOnRead
  IsVariableInitialized ReadVariableOp ResourceGather ResourceGatherNd ResourceScatterAdd ResourceScatterUpdate VarHandleOp
  VarIsInitializedOp Variable VariableShape VariableV2 AnonymousHashTable HashTable HashTableV2 InitializeTable
  InitializeTableV2 LookupTableExport LookupTableExportV2 LookupTableFind LookupTableFindV2 LookupTableImport
  LookupTableImportV2 LookupTableInsertV2 LookupTableSize LookupTableSizeV2 MutableDenseHashTableV2 MutableHashTableV2
  MutableHashTableOfTensorsV2
`;

/**
 * Reading and writing the model's own variables. TensorFlow's writers put them into every model that has variables; they
 * name their file by an input, so the graph may use them only in the parts that restore and save.
 */
const CHECKPOINT = `
  MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename
`;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const COMPUTING_OPS: ReadonlySet<string> = new Set([...words(COMPUTING), ...words(STATE)]);
export const CHECKPOINT_OPS: ReadonlySet<string> = new Set(words(CHECKPOINT));
