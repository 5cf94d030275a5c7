namespace Orleans.Cn2.Transport.Certificates;

/// <summary>A PEM file of certificate authorities, followed when it is replaced.</summary>
public sealed class TrustedAuthorities(string file)
{
    private readonly ReloadedFiles<AuthoritySet> _files = new([file], AuthoritySet.Of, TimeProvider.System);

    /// <summary>Told once for each change of the file: null when the new authorities are in use, else why they are not.</summary>
    public event Action<string?> Changed
    {
        add => _files.Changed += value;
        remove => _files.Changed -= value;
    }

    /// <summary>The authorities of the file as it was within the last second; the same object until it changes.</summary>
    public AuthoritySet Current => _files.Current;
}
