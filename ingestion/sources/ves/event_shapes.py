"""The events of VES 7.2 in the notation of `shape`: the header, and the fields of each domain but those of others."""

from typing import Final

EVENT: Final = """
event: commonEventHeader!:commonEventHeader, faultFields:faultFields, heartbeatFields:heartbeatFields,
  measurementFields:measurementFields, mobileFlowFields:mobileFlowFields, notificationFields:notificationFields,
  otherFields:otherFields, perf3gppFields:perf3gppFields, pnfRegistrationFields:pnfRegistrationFields,
  sipSignalingFields:sipSignalingFields, stateChangeFields:stateChangeFields, stndDefinedFields:stndDefinedFields,
  syslogFields:syslogFields, thresholdCrossingAlertFields:thresholdCrossingAlertFields,
  voiceQualityFields:voiceQualityFields
commonEventHeader: domain!=fault | heartbeat | measurement | mobileFlow | notification | other | perf3gpp |
  pnfRegistration | sipSignaling | stateChange | stndDefined | syslog | thresholdCrossingAlert | voiceQuality,
  eventId!, eventName!, eventType, internalHeaderFields:object, lastEpochMicrosec!:number, nfcNamingCode,
  nfNamingCode, nfVendorName, priority!=High|Medium|Normal|Low, reportingEntityId, reportingEntityName!,
  sequence!:int, sourceId, sourceName!, startEpochMicrosec!:number, stndDefinedNamespace, timeZoneOffset,
  version!=4.0|4.0.1|4.1, vesEventListenerVersion!=7.0|7.0.1|7.1|7.1.1|7.2|7.2.1
counter: criticality!=CRIT|MAJ, hashMap!:hashMap, thresholdCrossed!
faultFields: alarmAdditionalInformation:hashMap, alarmCondition!, alarmInterfaceA, eventCategory,
  eventSeverity!=CRITICAL|MAJOR|MINOR|WARNING|NORMAL, eventSourceType!, faultFieldsVersion!=4.0, specificProblem!,
  vfStatus!=Active|Idle|Preparing to terminate|Ready to terminate|Requesting termination
heartbeatFields: additionalFields:hashMap, heartbeatFieldsVersion!=3.0, heartbeatInterval!:int
notificationFields: additionalFields:hashMap, arrayOfNamedHashMap:[namedHashMap], changeContact,
  changeIdentifier!, changeType!, newState, oldState, notificationFieldsVersion!=2.0, stateInterface
otherFields: arrayOfNamedHashMap:[namedHashMap], hashMap:hashMap, jsonObjects:[jsonObject],
  otherFieldsVersion!=3.0
pnfRegistrationFields: additionalFields:hashMap, lastServiceDate, macAddress, manufactureDate, modelNumber,
  oamV4IpAddress:ipv4, oamV6IpAddress:ipv6, pnfRegistrationFieldsVersion!=2.0|2.1, serialNumber, softwareVersion,
  unitFamily, unitType, vendorName
stateChangeFields: additionalFields:hashMap, newState!=inService|maintenance|outOfService,
  oldState!=inService|maintenance|outOfService, stateChangeFieldsVersion!=4.0, stateInterface!
stndDefinedFields: schemaReference, data!:object, stndDefinedFieldsVersion!=1.0
syslogFields: additionalFields:hashMap, eventSourceHost, eventSourceType!, syslogFacility:int,
  syslogFieldsVersion!=4.0, syslogMsg!, syslogMsgHost, syslogPri:int, syslogProc, syslogProcId:number,
  syslogSData, syslogSdId, syslogSev=Alert|Critical|Debug|Emergency|Error|Info|Notice|Warning, syslogTag!,
  syslogTs, syslogVer:number
thresholdCrossingAlertFields: additionalFields:hashMap, additionalParameters!:[counter],
  alertAction!=CLEAR|CONT|SET, alertDescription!,
  alertType!=CARD-ANOMALY|ELEMENT-ANOMALY|INTERFACE-ANOMALY|SERVICE-ANOMALY, alertValue,
  associatedAlertIdList:[string], collectionTimestamp!, dataCollector, elementType,
  eventSeverity!=CRITICAL|MAJOR|MINOR|WARNING|NORMAL, eventStartTimestamp!, interfaceName, networkService,
  possibleRootCause, thresholdCrossingFieldsVersion!=4.0
namedHashMap: name!, hashMap!:hashMap
key: keyName!, keyOrder:int, keyValue
jsonObject: objectInstances!:[jsonObjectInstance], objectName!, objectSchema, objectSchemaUrl,
  nfSubscribedObjectName, nfSubscriptionId
jsonObjectInstance: jsonObject:jsonObject, objectInstance:object, objectInstanceEpochMicrosec:number,
  objectKeys:[key]
"""
PERFORMANCE: Final = """
perf3gppFields: eventAddlFields:hashMap, measDataCollection!:measDataCollection, perf3gppFieldsVersion!=1.0|1.0.1
measDataCollection: formatVersion, granularityPeriod!:number, measInfoList!:[measInfo],
  measObjInstIdList:[string], measuredEntityDn!, measuredEntitySoftwareVersion, measuredEntityUserName
measInfo: jobId, measInfoId:(measInfoIdInteger|measInfoIdString), measTypes!:(measTypesInteger|measTypesString),
  measValuesList!:[measValues]
measInfoIdInteger: iMeasInfoId!:int
measInfoIdString: sMeasInfoId!
measTypesInteger: iMeasTypesList!:[int]
measTypesString: sMeasTypesList!:[string]
measValues: measObjAddlFlds:hashMap, measObjInstId!,
  measResults!:[(measResultInteger|measResultNull|measResultNumber|measResultString)], suspectFlag=true|false
measResultInteger: p!:int, iValue!:int
measResultNull: p!:int, isNull!=true|false
measResultNumber: p!:int, rValue!:number
measResultString: p!:int, sValue!
"""
