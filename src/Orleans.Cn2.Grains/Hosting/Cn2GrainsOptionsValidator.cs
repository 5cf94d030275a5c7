using Microsoft.Extensions.Options;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains.Hosting;

/// <summary>Refuses settings that can't work, all of them at once.</summary>
internal sealed class Cn2GrainsOptionsValidator : IValidateOptions<Cn2GrainsOptions>
{
    public ValidateOptionsResult Validate(string? name, Cn2GrainsOptions options)
    {
        List<string> faults = [];
        foreach (IGrouping<IpFamily, IpPrefix> family in options.ServiceCidrs.GroupBy(prefix => prefix.Family).Where(family => family.Count() > 1))
        {
            faults.Add($"ServiceCidrs: {string.Join(", ", family)}: may specify no more than one prefix for each IP family");
        }

        Positive(nameof(options.NodeGrace), options.NodeGrace, faults);
        Positive(nameof(options.FlapHold), options.FlapHold, faults);
        Positive(nameof(options.FlapLimit), options.FlapLimit, faults);
        Positive(nameof(options.FlapMemory), options.FlapMemory, faults);
        Positive(nameof(options.QuarantineLimit), options.QuarantineLimit, faults);
        Positive(nameof(options.Heartbeat), options.Heartbeat, faults);
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static void Positive(string option, TimeSpan value, List<string> faults)
    {
        if (value <= TimeSpan.Zero)
        {
            faults.Add($"{option}: {value}: must be greater than zero");
        }
    }
}
