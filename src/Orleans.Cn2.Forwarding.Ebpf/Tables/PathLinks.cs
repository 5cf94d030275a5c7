namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Lists of path ids, one for each address; an id is in one at most. A list takes no object, an id 24 bytes, and leaves its list without a search. Places in a
/// list are ids plus one, so that 0 is the end.
/// </summary>
internal sealed class PathLinks
{
    /// <summary>The end of a list, and an empty one.</summary>
    internal const uint None = 0;

    private Link[] _links = [];

    /// <summary>The path id at a place.</summary>
    internal static uint IdOf(uint place) => place - 1;

    /// <summary>The place after another one.</summary>
    internal uint After(uint place) => _links[place].After;

    /// <summary>The address whose list an id is in; false when it is in none.</summary>
    internal bool TryFindList(uint id, out AddressKey list)
    {
        list = id + 1 < (uint)_links.Length ? _links[id + 1].List : default;
        return list != default;
    }

    internal void Push(AddressKey list, ref uint first, uint id)
    {
        uint place = id + 1;
        if (place >= (uint)_links.Length)
        {
            Array.Resize(ref _links, (int)Math.Max(place + 1, (uint)_links.Length * 2));
        }

        _links[place] = new Link { List = list, After = first, Before = None };
        if (first != None)
        {
            _links[first].Before = place;
        }

        first = place;
    }

    /// <summary>Takes an id out of the list that begins at <paramref name="first"/>, which it is in.</summary>
    internal void Remove(ref uint first, uint id)
    {
        Link link = _links[id + 1];
        _links[id + 1] = default;
        if (link.Before == None)
        {
            first = link.After;
        }
        else
        {
            _links[link.Before].After = link.After;
        }

        if (link.After != None)
        {
            _links[link.After].Before = link.Before;
        }
    }

    private struct Link
    {
        internal AddressKey List;
        internal uint After;
        internal uint Before;
    }
}
