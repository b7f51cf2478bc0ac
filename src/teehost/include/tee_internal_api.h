/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_internal_api.h -- the GP TEE Internal Core API v1.3, as the host TEE
 * offers it: what this file does not declare is not there.
 *
 * What each function does, the standard says; teehost/api_*.c name the clause.
 * Not offered: a TA's persistent time (7.3), asymmetric encryption (6.7),
 * arithmetic (chapter 8), peripherals and events (chapter 9).
 */
#ifndef TEE_INTERNAL_API_H
#define TEE_INTERNAL_API_H

#include <tee_api_defines.h>
#include <tee_api_types.h>

/* A TA's shared object shows its five entry points and nothing else. */
#define TA_EXPORT __attribute__((visibility("default")))

/* 4.3: what a TA gives. */
TEE_Result TA_EXPORT TA_CreateEntryPoint(void);
void TA_EXPORT TA_DestroyEntryPoint(void);
TEE_Result TA_EXPORT TA_OpenSessionEntryPoint(uint32_t paramTypes,
    TEE_Param params[TEE_NUM_PARAMS], void **sessionContext);
void TA_EXPORT TA_CloseSessionEntryPoint(void *sessionContext);
TEE_Result TA_EXPORT TA_InvokeCommandEntryPoint(void *sessionContext,
    uint32_t commandID, uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS]);

/* The rest comes from whoever loads the TA. */
#pragma GCC visibility push(default)

/* 4.4: properties. */
TEE_Result TEE_GetPropertyAsString(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, char *valueBuffer, size_t *valueBufferLen);
TEE_Result TEE_GetPropertyAsBool(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, bool *value);
TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, uint32_t *value);
TEE_Result TEE_GetPropertyAsU64(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, uint64_t *value);
TEE_Result TEE_GetPropertyAsBinaryBlock(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, void *valueBuffer, size_t *valueBufferLen);
TEE_Result TEE_GetPropertyAsUUID(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, TEE_UUID *value);
TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle propsetOrEnumerator,
    const char *name, TEE_Identity *value);
TEE_Result TEE_AllocatePropertyEnumerator(TEE_PropSetHandle *enumerator);
void TEE_FreePropertyEnumerator(TEE_PropSetHandle enumerator);
void TEE_StartPropertyEnumerator(TEE_PropSetHandle enumerator,
    TEE_PropSetHandle propSet);
void TEE_ResetPropertyEnumerator(TEE_PropSetHandle enumerator);
TEE_Result TEE_GetPropertyName(TEE_PropSetHandle enumerator, void *nameBuffer,
    size_t *nameBufferLen);
TEE_Result TEE_GetNextProperty(TEE_PropSetHandle enumerator);

/* 4.8: panic. */
void TEE_Panic(TEE_Result panicCode);

/* 4.9: other TAs. */
TEE_Result TEE_OpenTASession(const TEE_UUID *destination,
    uint32_t cancellationRequestTimeout, uint32_t paramTypes,
    TEE_Param params[TEE_NUM_PARAMS], TEE_TASessionHandle *session,
    uint32_t *returnOrigin);
void TEE_CloseTASession(TEE_TASessionHandle session);
TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session,
    uint32_t cancellationRequestTimeout, uint32_t commandID,
    uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
    uint32_t *returnOrigin);

/* 4.10: cancellation. */
bool TEE_GetCancellationFlag(void);
bool TEE_UnmaskCancellation(void);
bool TEE_MaskCancellation(void);

/* 4.11: memory. */
TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer,
    size_t size);
void TEE_SetInstanceData(const void *instanceData);
void *TEE_GetInstanceData(void);
void *TEE_Malloc(size_t size, uint32_t hint);
void *TEE_Realloc(void *buffer, size_t newSize);
void TEE_Free(void *buffer);
void TEE_MemMove(void *dest, const void *src, size_t size);
int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size);
void TEE_MemFill(void *buffer, uint32_t x, size_t size);

/* 5.5: any object. */
void TEE_GetObjectInfo(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo);
TEE_Result TEE_GetObjectInfo1(TEE_ObjectHandle object,
    TEE_ObjectInfo *objectInfo);
void TEE_RestrictObjectUsage(TEE_ObjectHandle object, uint32_t objectUsage);
TEE_Result TEE_RestrictObjectUsage1(TEE_ObjectHandle object,
    uint32_t objectUsage);
TEE_Result TEE_GetObjectBufferAttribute(TEE_ObjectHandle object,
    uint32_t attributeID, void *buffer, size_t *size);
TEE_Result TEE_GetObjectValueAttribute(TEE_ObjectHandle object,
    uint32_t attributeID, uint32_t *a, uint32_t *b);
void TEE_CloseObject(TEE_ObjectHandle object);

/* 5.6: objects in memory. */
TEE_Result TEE_AllocateTransientObject(TEE_ObjectType objectType,
    uint32_t maxObjectSize, TEE_ObjectHandle *object);
void TEE_FreeTransientObject(TEE_ObjectHandle object);
void TEE_ResetTransientObject(TEE_ObjectHandle object);
TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object,
    const TEE_Attribute *attrs, uint32_t attrCount);
void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID,
    const void *buffer, size_t length);
void TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t attributeID,
    uint32_t a, uint32_t b);
void TEE_CopyObjectAttributes(TEE_ObjectHandle destObject,
    TEE_ObjectHandle srcObject);
TEE_Result TEE_CopyObjectAttributes1(TEE_ObjectHandle destObject,
    TEE_ObjectHandle srcObject);
TEE_Result TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
    const TEE_Attribute *params, uint32_t paramCount);

/* 5.7: objects in storage. */
TEE_Result TEE_OpenPersistentObject(uint32_t storageID, const void *objectID,
    size_t objectIDLen, uint32_t flags, TEE_ObjectHandle *object);
TEE_Result TEE_CreatePersistentObject(uint32_t storageID, const void *objectID,
    size_t objectIDLen, uint32_t flags, TEE_ObjectHandle attributes,
    const void *initialData, size_t initialDataLen, TEE_ObjectHandle *object);
void TEE_CloseAndDeletePersistentObject(TEE_ObjectHandle object);
TEE_Result TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle object);
TEE_Result TEE_RenamePersistentObject(TEE_ObjectHandle object,
    const void *newObjectID, size_t newObjectIDLen);

/* 5.8: which objects there are. */
TEE_Result TEE_AllocatePersistentObjectEnumerator(
    TEE_ObjectEnumHandle *objectEnumerator);
void TEE_FreePersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator);
void TEE_ResetPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator);
TEE_Result TEE_StartPersistentObjectEnumerator(
    TEE_ObjectEnumHandle objectEnumerator, uint32_t storageID);
TEE_Result TEE_GetNextPersistentObject(TEE_ObjectEnumHandle objectEnumerator,
    TEE_ObjectInfo *objectInfo, void *objectID, size_t *objectIDLen);

/* 5.9: the data of an object. */
TEE_Result TEE_ReadObjectData(TEE_ObjectHandle object, void *buffer,
    size_t size, size_t *count);
TEE_Result TEE_WriteObjectData(TEE_ObjectHandle object, const void *buffer,
    size_t size);
TEE_Result TEE_TruncateObjectData(TEE_ObjectHandle object, size_t size);
TEE_Result TEE_SeekObjectData(TEE_ObjectHandle object, intmax_t offset,
    TEE_Whence whence);

/* 6.2: operations. */
TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation,
    uint32_t algorithm, uint32_t mode, uint32_t maxKeySize);
void TEE_FreeOperation(TEE_OperationHandle operation);
void TEE_GetOperationInfo(TEE_OperationHandle operation,
    TEE_OperationInfo *operationInfo);
TEE_Result TEE_GetOperationInfoMultiple(TEE_OperationHandle operation,
    TEE_OperationInfoMultiple *operationInfoMultiple, size_t *operationSize);
void TEE_ResetOperation(TEE_OperationHandle operation);
TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation,
    TEE_ObjectHandle key);
TEE_Result TEE_SetOperationKey2(TEE_OperationHandle operation,
    TEE_ObjectHandle key1, TEE_ObjectHandle key2);
void TEE_CopyOperation(TEE_OperationHandle dstOperation,
    TEE_OperationHandle srcOperation);
TEE_Result TEE_IsAlgorithmSupported(uint32_t algId, uint32_t element);

/* 6.3: digests. */
void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk,
    size_t chunkSize);
TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk,
    size_t chunkLen, void *hash, size_t *hashLen);
TEE_Result TEE_DigestExtract(TEE_OperationHandle operation, void *hash,
    size_t *hashLen);

/* 6.4: ciphers. */
void TEE_CipherInit(TEE_OperationHandle operation, const void *IV,
    size_t IVLen);
TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen);
TEE_Result TEE_CipherDoFinal(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen);

/* 6.5: MACs. */
void TEE_MACInit(TEE_OperationHandle operation, const void *IV, size_t IVLen);
void TEE_MACUpdate(TEE_OperationHandle operation, const void *chunk,
    size_t chunkSize);
TEE_Result TEE_MACComputeFinal(TEE_OperationHandle operation,
    const void *message, size_t messageLen, void *mac, size_t *macLen);
TEE_Result TEE_MACCompareFinal(TEE_OperationHandle operation,
    const void *message, size_t messageLen, const void *mac, size_t macLen);

/* 6.6: authenticated encryption. */
TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce,
    size_t nonceLen, uint32_t tagLen, size_t AADLen, size_t payloadLen);
void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *AADdata,
    size_t AADdataLen);
TEE_Result TEE_AEUpdate(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen);
TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation,
    const void *srcData, size_t srcLen, void *destData, size_t *destLen,
    void *tag, size_t *tagLen);
TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation,
    const void *srcData, size_t srcLen, void *destData, size_t *destLen,
    void *tag, size_t tagLen);

/* 6.7: signatures. */
TEE_Result TEE_AsymmetricSignDigest(TEE_OperationHandle operation,
    const TEE_Attribute *params, uint32_t paramCount, const void *digest,
    size_t digestLen, void *signature, size_t *signatureLen);
TEE_Result TEE_AsymmetricVerifyDigest(TEE_OperationHandle operation,
    const TEE_Attribute *params, uint32_t paramCount, const void *digest,
    size_t digestLen, const void *signature, size_t signatureLen);

/* 6.8: derivation. */
void TEE_DeriveKey(TEE_OperationHandle operation, const TEE_Attribute *params,
    uint32_t paramCount, TEE_ObjectHandle derivedKey);

/* 6.9: randomness. */
void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen);

/* 7: time. */
void TEE_GetSystemTime(TEE_Time *time);
TEE_Result TEE_Wait(uint32_t timeout);
void TEE_GetREETime(TEE_Time *time);

#pragma GCC visibility pop

#endif
