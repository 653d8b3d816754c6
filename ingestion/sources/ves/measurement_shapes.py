"""The measurements of VES 7.2 in the notation of `shape`: what a machine, a function and its hardware measure."""

from typing import Final

MEASUREMENT: Final = """
measurementFields: additionalFields:hashMap, additionalMeasurements:[namedHashMap],
  additionalObjects:[jsonObject], codecUsageArray:[codecsInUse], concurrentSessions:int, configuredEntities:int,
  cpuUsageArray:[cpuUsage], diskUsageArray:[diskUsage], featureUsageArray:hashMap,
  filesystemUsageArray:[filesystemUsage], hugePagesArray:[hugePages], ipmi:ipmi,
  latencyDistribution:[latencyBucketMeasure], loadArray:[load],
  machineCheckExceptionArray:[machineCheckException], meanRequestLatency:number, measurementInterval!:number,
  measurementFieldsVersion!=4.0, memoryUsageArray:[memoryUsage], numberOfMediaPortsInUse:int, requestRate:number,
  nfcScalingMetric:int, nicPerformanceArray:[nicPerformance], processStatsArray:[processStats]
codecsInUse: codecIdentifier!, numberInUse!:int
cpuUsage: cpuCapacityContention:number, cpuDemandAvg:number, cpuDemandMhz:number, cpuDemandPct:number,
  cpuIdentifier!, cpuIdle:number, cpuLatencyAvg:number, cpuOverheadAvg:number, cpuSwapWaitTime:number,
  cpuUsageInterrupt:number, cpuUsageNice:number, cpuUsageSoftIrq:number, cpuUsageSteal:number,
  cpuUsageSystem:number, cpuUsageUser:number, cpuWait:number, percentUsage!:number
diskUsage: diskBusResets:number, diskCommandsAborted:number, diskCommandsAvg:number, diskFlushRequests:number,
  diskFlushTime:number, diskIdentifier!, diskIoTimeAvg:number, diskIoTimeLast:number, diskIoTimeMax:number,
  diskIoTimeMin:number, diskMergedReadAvg:number, diskMergedReadLast:number, diskMergedReadMax:number,
  diskMergedReadMin:number, diskMergedWriteAvg:number, diskMergedWriteLast:number, diskMergedWriteMax:number,
  diskMergedWriteMin:number, diskOctetsReadAvg:number, diskOctetsReadLast:number, diskOctetsReadMax:number,
  diskOctetsReadMin:number, diskOctetsWriteAvg:number, diskOctetsWriteLast:number, diskOctetsWriteMax:number,
  diskOctetsWriteMin:number, diskOpsReadAvg:number, diskOpsReadLast:number, diskOpsReadMax:number,
  diskOpsReadMin:number, diskOpsWriteAvg:number, diskOpsWriteLast:number, diskOpsWriteMax:number,
  diskOpsWriteMin:number, diskPendingOperationsAvg:number, diskPendingOperationsLast:number,
  diskPendingOperationsMax:number, diskPendingOperationsMin:number, diskReadCommandsAvg:number, diskTime:number,
  diskTimeReadAvg:number, diskTimeReadLast:number, diskTimeReadMax:number, diskTimeReadMin:number,
  diskTimeWriteAvg:number, diskTimeWriteLast:number, diskTimeWriteMax:number, diskTimeWriteMin:number,
  diskTotalReadLatencyAvg:number, diskTotalWriteLatencyAvg:number, diskWeightedIoTimeAvg:number,
  diskWeightedIoTimeLast:number, diskWeightedIoTimeMax:number, diskWeightedIoTimeMin:number,
  diskWriteCommandsAvg:number
filesystemUsage: blockConfigured!:number, blockIops!:number, blockUsed!:number, ephemeralConfigured!:number,
  ephemeralIops!:number, ephemeralUsed!:number, filesystemName!
hugePages: bytesFree:number, bytesUsed:number, hugePagesIdentifier!, percentFree:number, percentUsed:number,
  vmPageNumberFree:number, vmPageNumberUsed:number
latencyBucketMeasure: countsInTheBucket!:number, highEndOfLatencyBucket:number, lowEndOfLatencyBucket:number
load: longTerm:number, midTerm:number, shortTerm:number
machineCheckException: correctedMemoryErrors:number, correctedMemoryErrorsIn1Hr:number,
  uncorrectedMemoryErrors:number, uncorrectedMemoryErrorsIn1Hr:number, vmIdentifier!
memoryUsage: memoryBuffered:number, memoryCached:number, memoryConfigured:number, memoryDemand:number,
  memoryFree!:number, memoryLatencyAvg:number, memorySharedAvg:number, memorySlabRecl:number,
  memorySlabUnrecl:number, memorySwapInAvg:number, memorySwapInRateAvg:number, memorySwapOutAvg:number,
  memorySwapOutRateAvg:number, memorySwapUsedAvg:number, memoryUsed!:number, percentMemoryUsage:number,
  vmIdentifier!
nicPerformance: administrativeState=inService|outOfService, nicIdentifier!,
  operationalState=inService|outOfService, receivedBroadcastPacketsAccumulated:number,
  receivedBroadcastPacketsDelta:number, receivedDiscardedPacketsAccumulated:number,
  receivedDiscardedPacketsDelta:number, receivedErrorPacketsAccumulated:number, receivedErrorPacketsDelta:number,
  receivedMulticastPacketsAccumulated:number, receivedMulticastPacketsDelta:number,
  receivedOctetsAccumulated:number, receivedOctetsDelta:number, receivedTotalPacketsAccumulated:number,
  receivedPercentDiscard:number, receivedPercentError:number, receivedTotalPacketsDelta:number,
  receivedUnicastPacketsAccumulated:number, receivedUnicastPacketsDelta:number, receivedUtilization:number,
  speed:number, transmittedBroadcastPacketsAccumulated:number, transmittedBroadcastPacketsDelta:number,
  transmittedDiscardedPacketsAccumulated:number, transmittedDiscardedPacketsDelta:number,
  transmittedErrorPacketsAccumulated:number, transmittedErrorPacketsDelta:number,
  transmittedMulticastPacketsAccumulated:number, transmittedMulticastPacketsDelta:number,
  transmittedOctetsAccumulated:number, transmittedOctetsDelta:number, transmittedTotalPacketsAccumulated:number,
  transmittedTotalPacketsDelta:number, transmittedUnicastPacketsAccumulated:number,
  transmittedUnicastPacketsDelta:number, transmittedPercentDiscard:number, transmittedPercentError:number,
  transmittedUtilization:number, valuesAreSuspect!=true|false
processStats: forkRate:number, processIdentifier!, psStateBlocked:number, psStatePaging:number,
  psStateRunning:number, psStateSleeping:number, psStateStopped:number, psStateZombie:number
"""
HARDWARE: Final = """
ipmi: exitAirTemperature:number, frontPanelTemperature:number, ioModuleTemperature:number,
  ipmiBaseboardTemperatureArray:[ipmiBaseboardTemperature],
  ipmiBaseboardVoltageRegulatorArray:[ipmiBaseboardVoltageRegulator], ipmiBatteryArray:[ipmiBattery],
  ipmiFanArray:[ipmiFan], ipmiHsbpArray:[ipmiHsbp],
  ipmiGlobalAggregateTemperatureMarginArray:[ipmiGlobalAggregateTemperatureMargin], ipmiNicArray:[ipmiNic],
  ipmiPowerSupplyArray:[ipmiPowerSupply], ipmiProcessorArray:[ipmiProcessor], systemAirflow:number
ipmiBaseboardTemperature: baseboardTemperatureIdentifier!, baseboardTemperature:number
ipmiBaseboardVoltageRegulator: baseboardVoltageRegulatorIdentifier!, voltageRegulatorTemperature:number
ipmiBattery: batteryIdentifier!, batteryType, batteryVoltageLevel:number
ipmiFan: fanIdentifier!, fanSpeed:number
ipmiHsbp: hsbpIdentifier!, hsbpTemperature:number
ipmiGlobalAggregateTemperatureMargin: globalAggregateTemperatureMarginIdentifier!,
  globalAggregateTemperatureMargin!:number
ipmiNic: nicIdentifier!, nicTemperature:number
ipmiPowerSupply: powerSupplyIdentifier!, powerSupplyInputPower:number, powerSupplyCurrentOutputPercent:number,
  powerSupplyTemperature:number
ipmiProcessor: processorIdentifier!, processorThermalControlPercent:number, processorDtsThermalMargin:number,
  processorDimmAggregateThermalMarginArray:[processorDimmAggregateThermalMargin]
processorDimmAggregateThermalMargin: processorDimmAggregateThermalMarginIdentifier!, thermalMargin!:number
"""
