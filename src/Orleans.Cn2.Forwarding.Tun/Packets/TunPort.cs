using Orleans.Cn2.Forwarding.Tun.Devices;

namespace Orleans.Cn2.Forwarding.Tun.Packets;

/// <summary>One of our interfaces, and whose packets come by it.</summary>
/// <param name="Device">Where they come from and go to.</param>
/// <param name="Interface">Index of the interface on which they arrived at the node; of the node's own processes that of the device itself.</param>
/// <param name="IsNode">True where it leads from and to the node's own processes: no hop was counted.</param>
internal sealed record TunPort(TunDevice Device, int Interface, bool IsNode);
