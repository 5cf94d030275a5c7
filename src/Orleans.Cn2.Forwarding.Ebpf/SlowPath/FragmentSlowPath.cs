using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.SlowPath;

/// <summary>
/// Keeps a fragment holder on the node, with the program on its interface: what others do to either is put right like all else, and a holder that failed is
/// replaced. Without one the data path works on, save that fragments ahead of their first are dropped. All of it on the node's thread.
/// </summary>
internal sealed class FragmentSlowPath(DataPath path, HookSet hooks, RtNetlink kernel, HealthBook health) : IDisposable
{
    private const string Part = "fragment holder";

    private FragmentHolder? _holder;
    private volatile string? _refusal;

    /// <summary>Where fragments are held; 0: nowhere.</summary>
    internal int Interface => _holder?.Interface ?? 0;

    /// <summary>What it means that there is none, and why there is none; null while there is one.</summary>
    internal string? Refusal => _refusal;

    /// <summary>Makes or mends it. What the kernel refuses is tried again the next time.</summary>
    internal void Ensure()
    {
        try
        {
            if (_holder is { } old && WhatEnded(old) is { } cause)
            {
                Close();
                _holder = Open();
                health.Repair(Part, cause);
            }
            else
            {
                _holder ??= Open();
                Mend(_holder);
            }

            _refusal = null;
        }
        catch (Exception refusal) when (refusal is IOException or InvalidOperationException)
        {
            Close();
            _refusal = $"fragments ahead of their first are dropped: {refusal.Message}";
        }

        health.SetCondition(Part, _refusal);
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private FragmentHolder Open()
    {
        FragmentHolder holder = FragmentHolder.Open(path);
        try
        {
            _ = hooks.Ensure(holder.Interface, HookKind.Ingress);
            return holder;
        }
        catch
        {
            hooks.Detach(holder.Interface);
            holder.Dispose();
            throw;
        }
    }

    private string? WhatEnded(FragmentHolder holder) =>
        holder.Failure ?? (kernel.GetLink(holder.Interface) is null ? $"interface {holder.Interface} was removed" : null);

    private void Mend(FragmentHolder holder)
    {
        if (hooks.Ensure(holder.Interface, HookKind.Ingress) is { } wrong)
        {
            health.Repair(Part, wrong);
        }

        if (kernel.GetLink(holder.Interface) is { IsUp: false })
        {
            kernel.SetFlags(holder.Interface, LinkFlags.Up);
            health.Repair(Part, $"interface {holder.Interface} was down");
        }
    }

    private void Close()
    {
        if (_holder is { } holder)
        {
            _holder = null;
            hooks.Detach(holder.Interface);
            holder.Dispose();
        }
    }
}
