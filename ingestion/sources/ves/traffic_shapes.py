"""The traffic of VES 7.2 in the notation of `shape`: mobile flows, SIP signalling and the quality of voice."""

from typing import Final

TRAFFIC: Final = """
mobileFlowFields: additionalFields:hashMap, applicationType, appProtocolType, appProtocolVersion, cid,
  connectionType, ecgi, flowDirection!, gtpPerFlowMetrics!:gtpPerFlowMetrics, gtpProtocolType, gtpVersion,
  httpHeader, imei, imsi, ipProtocolType!, ipVersion!, lac, mcc, mnc, mobileFlowFieldsVersion!=4.0, msisdn,
  otherEndpointIpAddress!, otherEndpointPort!:int, otherFunctionalRole, rac, radioAccessTechnology,
  reportingEndpointIpAddr!, reportingEndpointPort!:int, sac, samplingAlgorithm:int, tac, tunnelId, vlanId
gtpPerFlowMetrics: avgBitErrorRate!:number, avgPacketDelayVariation!:number, avgPacketLatency!:number,
  avgReceiveThroughput!:number, avgTransmitThroughput!:number, durConnectionFailedStatus:number,
  durTunnelFailedStatus:number, flowActivatedBy, flowActivationEpoch!:number, flowActivationMicrosec!:number,
  flowActivationTime, flowDeactivatedBy, flowDeactivationEpoch!:number, flowDeactivationMicrosec!:number,
  flowDeactivationTime!, flowStatus!, gtpConnectionStatus, gtpTunnelStatus, ipTosCountList:hashMap,
  ipTosList:[string], largePacketRtt:number, largePacketThreshold:number, maxPacketDelayVariation!:number,
  maxReceiveBitRate:number, maxTransmitBitRate:number, mobileQciCosCountList:hashMap, mobileQciCosList:[string],
  numActivationFailures!:number, numBitErrors!:number, numBytesReceived!:number, numBytesTransmitted!:number,
  numDroppedPackets!:number, numGtpEchoFailures:number, numGtpTunnelErrors:number, numHttpErrors:number,
  numL7BytesReceived!:number, numL7BytesTransmitted!:number, numLostPackets!:number, numOutOfOrderPackets!:number,
  numPacketErrors!:number, numPacketsReceivedExclRetrans!:number, numPacketsReceivedInclRetrans!:number,
  numPacketsTransmittedInclRetrans!:number, numRetries!:number, numTimeouts!:number,
  numTunneledL7BytesReceived!:number, roundTripTime!:number, tcpFlagCountList:hashMap, tcpFlagList:[string],
  timeToFirstByte!:number
sipSignalingFields: additionalInformation:hashMap, compressedSip, correlator!, localIpAddress!, localPort!,
  remoteIpAddress!, remotePort!, sipSignalingFieldsVersion!=3.0, summarySip,
  vendorNfNameFields!:vendorNfNameFields
vendorNfNameFields: vendorName!, nfModuleName, nfName
voiceQualityFields: additionalInformation:hashMap, calleeSideCodec!, callerSideCodec!, correlator!,
  endOfCallVqmSummaries:endOfCallVqmSummaries, phoneNumber, midCallRtcp!, vendorNfNameFields!:vendorNfNameFields,
  voiceQualityFieldsVersion!=4.0
endOfCallVqmSummaries: adjacencyName!, endpointAverageJitter:number, endpointDescription!=Caller|Callee,
  endpointMaxJitter:number, endpointRtpOctetsDiscarded:number, endpointRtpOctetsLost:number,
  endpointRtpOctetsReceived:number, endpointRtpOctetsSent:number, endpointRtpPacketsDiscarded:number,
  endpointRtpPacketsLost:number, endpointRtpPacketsReceived:number, endpointRtpPacketsSent:number,
  localAverageJitter:number, localAverageJitterBufferDelay:number, localMaxJitter:number,
  localMaxJitterBufferDelay:number, localRtpOctetsDiscarded:number, localRtpOctetsLost:number,
  localRtpOctetsReceived:number, localRtpOctetsSent:number, localRtpPacketsDiscarded:number,
  localRtpPacketsLost:number, localRtpPacketsReceived:number, localRtpPacketsSent:number, mosCqe:number,
  oneWayDelay:number, packetLossPercent:number, rFactor:number, roundTripDelay:number
"""
