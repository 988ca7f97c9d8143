// What the parts use of this script: see part.go, which reads the names here.
function shared() {
  return {
    __proto__: null, host, global,
    // the language
    uncurry, objectCreate, defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, objectKeys, hasOwn,
    apply, construct, ownKeys, isArray, arrayJoin, arraySort, arraySplice, StringCtor, fromCharCode, charCodeAt, strIndexOf, strSlice,
    strLower, strUpper, NumberCtor, ObjectCtor, SymbolCtor, MathObject, isInteger, MAX_SAFE_INTEGER, floor, trunc, min, max, parseInteger,
    numberToString, symbolIterator, symbolAsyncIterator, symbolToStringTag, jsonParse, jsonStringify, ErrorCtor, TypeErrorCtor,
    RangeErrorCtor, SyntaxErrorCtor, RegExpCtor, MapCtor, SetCtor, DateCtor, mapGet, mapSet, mapHas, mapDelete, mapForEach, PromiseCtor,
    promiseThen, ArrayBufferCtor, DataViewCtor, U8, isView, typedName, typedLength, typedByteLength, typedByteOffset, typedBuffer,
    typedSet, bufferLength, ArrayPrototype, ObjectPrototype,
    // and what is made of it
    newList, toArray, removeAt, isObject, defineData, defineHidden, bytesOf, isArrayBuffer, once, hostError, hostCall, hostStart,
    react, operate, resolved, rejected, report, Slot, webClass, constants, illegalInvocation, need, makeIterator, pairsFrom, iterate,
    utf8Encode, utf8Decode, encodeInto, wellFormed, latin1, copyBytes, newDOMException, domException, events, eventTarget, aborting,
    isSignal, isAborted, abortReason, onAbort, timerFunctions, cloneFunctions, encoding, urls, searchParams, headersClass, requests,
    responses, bodies, streams, files, concatBytes, base64Functions, cut,
    // what inspect shows
    strRepeat, symbolToString, symbolFor, isEnumerable, functionToString, objectToString, mapSize, setSize, setForEach, dateGetTime,
    dateToISO, regexpSource, regexpFlags, bufferDetached, viewByteLength, viewByteOffset, viewBuffer, numberValueOf, stringValueOf,
    booleanValueOf, bigintValueOf, symbolValueOf, parseFloatNumber, isErrorLike, textOf, stackText, describeError, platformText,
    sharedSize,
  };
}
