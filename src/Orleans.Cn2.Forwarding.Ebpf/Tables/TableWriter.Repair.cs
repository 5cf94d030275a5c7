using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>Putting right what others did to map services: what it must hold is known, whoever compiled the tables need not be asked.</summary>
internal sealed partial class TableWriter
{
    /// <summary>
    /// Leads packets again where entries were removed or changed, removes those that no service has, and tells what was wrong. The map is read in slices:
    /// to look up each entry would take ten times as long.
    /// </summary>
    internal List<string> RepairKeys()
    {
        List<string> wrong = [];
        HashSet<FrontendKey> missing = [.. _frontends.Keys];
        HashSet<IpAddress> unmarked = [.. _addresses.Keys];
        List<ServiceKeyRow> orphans = [];
        foreach ((ServiceKeyRow[] keys, ServiceRow[] values, int count) in _maps.Services.Slices<ServiceKeyRow, ServiceRow>(4096))
        {
            for (int i = 0; i < count; i++)
            {
                IpAddress address = keys[i].Address.ToAddress();
                FrontendKey key = new(address, (TransportProtocol)keys[i].Protocol, keys[i].Port.Value);
                if (keys[i].Protocol == 0)
                {
                    if (!unmarked.Remove(address))
                    {
                        orphans.Add(keys[i]);
                    }
                }
                else if (!_frontends.TryGetValue(key, out FrontendModel? model))
                {
                    orphans.Add(keys[i]);
                }
                else if (values[i].Index == model.Index && values[i].Tag == _maps.ReadControl(model.Index).Tag)
                {
                    missing.Remove(key);
                }
            }
        }

        foreach (ServiceKeyRow orphan in orphans)
        {
            _maps.Services.Remove(orphan);
            wrong.Add($"an entry of {orphan.Address.ToAddress()} in map services belonged to no service");
        }

        foreach (IpAddress address in unmarked)
        {
            _maps.Services.Set(ServiceKeyRow.OfAddress(address), default(ServiceRow));
            wrong.Add($"the mark of {address} in map services was removed");
        }

        foreach (FrontendKey key in missing)
        {
            uint index = _frontends[key].Index;
            _maps.Services.Set(key.ToRow(), new ServiceRow { Index = index, Tag = _maps.ReadControl(index).Tag });
            wrong.Add($"the entry of {key} in map services was removed or changed");
        }

        return wrong;
    }

    /// <summary>Clears the words of service indexes that no frontend has.</summary>
    private void ClearOrphans()
    {
        HashSet<uint> indexes = [.. _frontends.Values.Select(model => model.Index)];
        for (uint index = 0; index < (uint)_maps.Control.Length; index++)
        {
            if (!indexes.Contains(index) && _maps.ReadControl(index).Bits != 0)
            {
                _maps.WriteControl(index, default);
            }
        }
    }
}
